# build: M()
# entry: forward
# input: x=f32[2]
# input: e=i64[]
# case: x=[1, 1], e=3
# case: x=[2, 1], e=2
# case: x=[-1, -2], e=5
# case: x=[-1, 0], e=7
# case: x=[0, 0], e=0
# case: x=[4, 4], e=1
import torch
import torch.nn as nn


class M(nn.Module):
    """Powers of integers, and a question about a quotient, that only the program's data decide."""

    def forward(self, x, e):
        base, exponent = int(x.sum()), int(e)
        power = base**exponent
        if power > 20:
            x = x + 1
        if (base / 2).is_integer():
            x = x * 10
        return x, power
