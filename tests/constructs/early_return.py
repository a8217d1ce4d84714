# build: M()
# entry: forward
# input: x=f32[4]
# case: x=[4, 4, 4, 4]
# case: x=[1, 1, 1, 1]
# case: x=[0.1, 0, 0, 0]
import torch
import torch.nn as nn


class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Parameter(torch.arange(16.0).view(4, 4) / 16)

    def forward(self, x):
        if x.max() > 3:
            return x, 0
        h = self.a @ x
        if h.sum() > 2:
            return h, 1
        return torch.relu(h - 0.5), 2
