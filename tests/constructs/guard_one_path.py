# build: M()
# input: x=f32[n]
# input: y=f32[m]
# case: x=[1,2,3,4], y=[1,2,3,4]
# case: x=[-1,-2,3], y=[1,2]
# case: x=[1,2,3], y=[1,2]
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x, y):
        if x[0] > 0:
            if len(x) != len(y):
                raise ValueError(f"lengths {len(x)} and {len(y)}")
            return x + y
        return torch.cat([x, y])
