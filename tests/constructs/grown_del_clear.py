# build: M()
# input: x=f32[2]
# case: x=[1, 2]
# case: x=[30, 2]
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        outs = []
        while x.sum() > 1:
            outs.append(x.sum())
            if len(outs) > 2:
                del outs[0]
            x = x / 2
        a = torch.stack(outs).sum()
        n = len(outs)
        outs.clear()
        return a, n, len(outs), outs
