# build: M()
# entry: forward
# input: x=f32[4]
# case: x=[1, 2, 3, 4]
# case: x=[1, -2, 3, -4]
# case: x=[-1, -2, -3, -4]
import torch.nn as nn


def halves(x, n):
    for i in range(n):
        yield i, x
        x = x / 2


class M(nn.Module):
    def forward(self, x):
        total = sum(v for v in x)
        for i, h in halves(x, 4):
            if h.sum() > 2:
                total = total + h[i]
        first = next(iter([x[0], x[1]]))
        return total, first, any(bool(v < 0) for v in x), all(v > 0 for v in x)
