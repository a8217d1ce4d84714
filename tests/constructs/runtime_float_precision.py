# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[0.25, 0.25]
# case: x=[3, 0]
# case: x=[1000, 0]
import math

import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        total = 0.0
        n = 0
        while x.sum() > 1:
            x = x * 0.5
            total += 0.1
            n += 1
        third = n / 3
        s = x.sum().item()
        return total, total == 0.1 * n, third, math.exp(-third), s * 0.1, int(total * 10), x * total, math.floor(-third)
