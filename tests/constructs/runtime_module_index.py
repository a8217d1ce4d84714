# build: M()
# entry: forward
# input: x=f32[3]
# case: x=[9, 1, 2]
# case: x=[1, 9, 2]
# case: x=[-1, -9, 2]
import torch
import torch.nn as nn


class Affine(nn.Module):
    def __init__(self, k):
        super().__init__()
        self.w = nn.Parameter(torch.tensor(float(k)))

    def forward(self, x):
        return x * self.w + 1


class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.experts = nn.ModuleList([Affine(2), Affine(-3), Affine(0.5)])
        self.sizes = [1, 2, 3]

    def forward(self, x):
        i = int(x.argmax())
        y = self.experts[i](x)
        if self.sizes[i] > 1:
            y = y[: self.sizes[i]]
        return y, self.sizes[i]
