# build: M()
# entry: forward
# input: x=f32[5]
# case: x=[1, 2, 3, 4, 5]
# case: x=[-1, -2, -3, -4, -5]
# case: x=[1, -2, 3, -4, 5]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        total = 0.0
        kept = 0
        for v in x:
            if v < 0:
                continue
            total = total + v * v
            kept += 1
        return total, kept
