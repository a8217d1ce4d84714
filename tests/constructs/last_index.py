# build: M()
# input: x=f32[n]
# case: x=[1,2,3,4,5,6]
# case: x=[-1,-2]
# case: x=[-1,2,-3]
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        last = None
        for i, v in enumerate(x):
            if v > 0:
                last = i
        if last is None:
            return x, -1
        return x[: last + 1], last
