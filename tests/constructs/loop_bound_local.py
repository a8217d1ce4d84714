# build: M()
# entry: forward
# input: x=f32[3]
# static: n=4
# case: x=[1, 2, 3]
# case: x=[9, 2, 3]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x, n):
        steps = n - 1
        for t in range(steps):
            if x[0] > t:
                x = x - 1
        return x, t
