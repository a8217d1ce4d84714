# build: M()
# input: x=f32[n]
# input: y=f32[m]
# case: x=[1,2,3,4], y=[1,2,3,4]
# case: x=[-1,-2,3], y=[1,2]
# case: x=[1], y=[1,2,7]
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x, y):
        s = torch.zeros(())
        n = 0
        for a, b in zip(x, y):
            if a < 0:
                continue
            s = s + a * b
            n += 1
        pairs = [a - b for a, b in zip(x, y)]
        t = 0.0
        for i, (a, b) in enumerate(zip(x.tolist(), y.tolist()), start=1):
            t += a * i - b
        return s, n, torch.stack(pairs), t
