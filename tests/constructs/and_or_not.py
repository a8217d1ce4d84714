# build: M()
# entry: forward
# input: x=f32[2]
# input: y=f32[2]
# case: x=[1, 1], y=[1, 1]
# case: x=[1, 1], y=[-1, -1]
# case: x=[-1, -1], y=[1, 1]
# case: x=[-1, -1], y=[-1, -1]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x, y):
        a, b = x.sum() > 0, y.sum() > 0
        n = 0
        if a and b:
            n += 1
        if a or b:
            n += 2
        if not a:
            n += 4
        if a and not b or (not a and b):
            n += 8
        c = a and b
        d = x.sum() or y.sum()
        e = (a & b) | ~a
        return n, c, d, e, not b, a ^ b
