# build: M()
# entry: forward
# input: x=i64[3]
# case: x=[1, 2, 3]
# case: x=[7, 8, 9]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        first = int(x[0])
        a = first in (1, 3, 5)
        b = first not in {7: "x"}
        c = 3 in x
        d = "ab" in "cabd" and 2 in range(0, 6, 2)
        e = x[1].item() in [8, first]
        n = 0
        if a or c:
            n = 1
        return n, a, b, c, d, e
