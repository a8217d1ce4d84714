# build: M()
# input: x=f32[2,3]
# input: y=f32[4,5]
# error: matmul
# error-line: 12
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x, y):
        return torch.matmul(x, y)
