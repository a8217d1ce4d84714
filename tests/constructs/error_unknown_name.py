# build: M()
# input: x=f32[2]
# error: undefined_thing
# error-line: 11
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            return x + undefined_thing
        return x
