# build: M()
# input: x=f32[2]
# error: zero
# error-line: 11
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        n = 3 - x.dim() * 3
        return x * (1 / n)
