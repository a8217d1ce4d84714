# build: M()
# input: x=f32[3]
# error: y
# error-line: 12
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        if x.dim() > 5:
            y = x
        return x + y
