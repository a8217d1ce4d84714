# build: M()
# entry: forward
# input: x=f32[3]
# case: x=[1, 2, 3]
# case: x=[3, 2, 1]
# case: x=[0.5, 0.5, 5]
# case: x=[1, 3, 3]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        if 0 < x[0] < x[1] < 10:
            y = x + 1
        elif x[0] > x[1] >= x[2]:
            y = x - 1
        else:
            y = x * 0
        n = x.shape[0]
        return y, 1 < n <= 3, x[0] == x[1] != x[2]
