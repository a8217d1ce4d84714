# build: M()
# entry: forward
# input: x=f32[3]
# case: x=[1, 2, 3]
# case: x=[-1, -2, -3]
# case: x=[0.25, 0, 0]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        s = x.sum()
        k = 2 if s > 1 else (1 if s > 0 else 0)
        y = x * k if k else -x
        z = [v if v > 0 else 0.0 for v in x]
        return (y, k) if s > 0 else y, z
