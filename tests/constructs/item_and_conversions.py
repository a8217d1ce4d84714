# build: M()
# entry: forward
# input: x=f32[3]
# case: x=[1.5, 2, 3]
# case: x=[-1.5, 0, 3]
import math

import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        a = x[0].item()
        b = float(x[1])
        c = int(x[0])
        d = bool(x[1])
        e = (x > 0).sum().item()
        f = x.tolist()
        g = math.floor(a) + math.sqrt(abs(f[2]))
        if a > 1 and d:
            x = x * a
        return x, a, b, c, d, e, f, g, len(x), round(b), abs(a), max(f), min(a, 1)
