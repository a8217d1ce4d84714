# build: M()
# entry: forward
# input: x=f32[2,3]
# case: x=[[1, 2, 3], [4, 5, 6]]
# case: x=[[-1, -2, -3], [4, -5, 6]]
# case: x=[[0, 0, 0.1], [0, 0, 0]]
import torch
import torch.nn as nn


class Scale(nn.Module):
    def __init__(self, k):
        super().__init__()
        self.w = nn.Parameter(torch.full((3,), float(k)))

    def forward(self, x):
        return x * self.w


class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([Scale(k) for k in (2, -1, 0.5)])

    def forward(self, x):
        for layer in self.layers:
            y = layer(x)
            if y.sum() > 0:
                x = y
        return x
