# build: M()
# input: x=f32[4]
# case: x=[1,2,3,4]
# case: x=[-1,-2,-3,-4]
import itertools

import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        total = 0
        for k in itertools.count(1):
            total = total + x.sum() * k
            if abs(total) > 50:
                break
        run = list(itertools.takewhile(lambda v: v < 2.5, x))
        pair = sum(a * b for a, b in itertools.combinations(x, 2))
        for n, v in zip(itertools.count(), itertools.cycle(x)):
            total = total + v
            if n >= 5:
                break
        groups = [(k, len(list(g))) for k, g in itertools.groupby([1, 1, 2])]
        return total, k, run, pair, groups, n
