# build: M()
# input: x=f32[2]
# error: expected
# error-line: 9
import torch.nn as nn


class M(nn.Module):
    def forward(self, x)
        return x
