# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[9, 9]
# case: x=[-3, 1]
# case: x=[0, 0.5]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        if x.sum() < -1:
            raise ValueError("the sum must not be negative")
        y = x * 2
        if y.max() > 10:
            raise RuntimeError("too large")
        return y
