# build: M()
# entry: forward
# input: a=i64[]
# input: b=i64[]
# case: a=7, b=2
# case: a=-7, b=2
# case: a=7, b=-3
# case: a=0, b=5
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, a, b):
        i, j = int(a), int(b)
        q, r = i // j, i % j
        d = divmod(i, j)
        t = (i / j, float(i) // j, -i % 4, abs(i), i ** 2, -(i ** 2), min(i, j), max(i, j, 3))
        bits = (i & j, i | j, i ^ j, ~i, i << 1, i >> 1)
        n = max(1, min(abs(i), 4))
        odd = i % 2 == 1
        return q, r, d, t, bits, odd, torch.ones(n, n + 1), bool(i), not i, int(i / 2), round(i / 4), i if odd else j
