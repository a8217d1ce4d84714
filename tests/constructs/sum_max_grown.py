# build: M()
# input: x=f32[2]
# case: x=[1, 2]
# case: x=[30, 2]
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        vals, outs = [], []
        while x.sum() > 1:
            vals.append(x.max().item())
            outs.append(x)
            x = x / 2
        return sum(vals), max(vals), min(vals), sum(outs), sum(v for v in vals if v > 1), len(outs)
