# build: M()
# input: x=f32[2]
# error: Result
import torch.nn as nn


class Result:
    def __init__(self, value):
        self.value = value


class M(nn.Module):
    def forward(self, x):
        return Result(x)
