# build: M()
# entry: forward
# input: x=f32[4]
# case: x=[1, 2, 3, 4]
# case: x=[-1, -2, -3, -4]
import torch.nn as nn


def double_(t):
    t.mul_(2)


class M(nn.Module):
    def forward(self, x):
        y = x
        y += 1
        double_(x[:2])
        z = x
        z = z + 1
        a = [x, x.clone()]
        a[0][3] = 9
        return x, y, z, a
