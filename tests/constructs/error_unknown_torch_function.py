# build: M()
# input: x=f32[2]
# error: frobnicate
# error-line: 11
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        return torch.frobnicate(x) + 1
