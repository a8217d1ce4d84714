# build: M()
# entry: forward
# input: x=f32[4]
# case: x=[1, 2, 3, 4]
# case: x=[4, -2, 3, 1]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        parts = [x[:2].sum(), x[2:].sum(), x.mean()]
        best = max(parts)
        low = min(parts[0], parts[1])
        total = sum(parts)
        order = sorted([3, 1, 2], key=lambda v: -v)
        pairs = list(map(lambda a, b: a * b, x, reversed(x)))
        positive = list(filter(lambda v: v > 0, x))
        a, b, *rest = x
        spread = abs(a - b)
        return best, low, total, order, pairs, len(positive), a, rest, spread, divmod(7, 2), pow(2, 5), round(2.567, 2)
