# build: M()
# entry: forward
# input: x=f32[3]
# case: x=[1, 2, 3]
# case: x=[-1, -2, -3]
# case: x=[8, 2, 3]
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        outs = []
        while x.sum() > 1:
            x = x * 0.5
            outs.append(x)
        outs.append(-x)
        return torch.stack(outs), len(outs), torch.cat(outs, dim=0), outs[-1]
