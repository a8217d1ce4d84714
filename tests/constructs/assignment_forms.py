# build: M()
# entry: forward
# input: x=f32[2,3]
# case: x=[[1, 2, 3], [4, 5, 6]]
# case: x=[[-1, -2, -3], [-4, -5, -6]]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        a, b = x
        a, b = b, a
        (c, d), e = (a, b), 5
        first, *middle, last = [1, 2, 3, 4]
        f = g = a.sum()
        if (n := int(g)) > 0:
            f = f * n
        x[0], x[1, 2] = x[1] * 2, 7.0
        y = [0, 0]
        y[1], i = 3, 0
        i, y[i] = 1, 9
        h: int = 3
        del e, d
        return c, f, g, middle, x, y, n, h, first - last
