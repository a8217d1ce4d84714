# build: M()
# input: x=f32[2]
# case: x=[1, 2]
# case: x=[30, 2]
# case: x=[-1, -2]
# case: x=[0.001, 0]
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        n = 0
        why = "none"
        while True:
            if x.sum() > 100:
                why = "big"
                break
            n += 1
            if x.min() < -50:
                why = "small"
                break
            x = x * 2
            if n > 8:
                break
            if n % 2 == 0:
                continue
            x = x + 0.5 * x.sign()
        return x, n, why == "big", {"big": 1, "small": 2, "none": 3}[why]
