# build: M()
# input: x=f32[2]
# case: x=[1, 2]
# case: x=[5, 7]
# case: x=[-1, -2]
import torch
import torch.nn as nn


def gen(x):
    for k in range(6):
        x = x * 1.5 + k
        got = yield x
        if got is not None:
            x = x + got


class M(nn.Module):
    def forward(self, x):
        g = gen(x)
        first = next(g)
        second = g.send(10.0)
        rest = 0
        for y in g:
            rest = rest + y
            if y.sum() > 60:
                break
        left = sum(1 for _ in g)
        return first, second, rest, left
