# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[1, 2]
# case: x=[-1, -2]
# case: x=[40, 40]
import torch
import torch.nn as nn


class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.count = 0
        self.last = None
        self.register_buffer("total", torch.zeros(2))

    def step(self, x):
        self.count += 1
        self.last = x
        self.total += x
        return x * 0.5

    def forward(self, x):
        while x.sum() > 2:
            x = self.step(x)
        return x, self.count, self.last, self.total
