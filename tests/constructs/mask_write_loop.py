# build: M()
# input: x=f32[4]
# case: x=[1,2,3,4]
# case: x=[-1,9,3,-4]
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        y = x.clone()
        m = torch.zeros(4, dtype=torch.bool)
        n = 0
        while not m.all():
            i = y.masked_fill(m, float("-inf")).argmax()
            m[i] = True
            y[m] = y[m] * 0.5
            n += 1
        v = y[1:3]
        while v.sum() < 3:
            v += 1
            v[0] -= 0.25
        y[::2] *= 10
        return y, m, n, v
