# build: M()
# entry: forward
# input: x=f32[4]
# case: x=[1, 2, 3, 4]
# case: x=[-1, -2, -3, -4]
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            y = x.view(2, 2)
        else:
            y = torch.cat([x, x], 0)
        z = y * 2 + 1
        return z, z.shape[0], z.dim(), z.numel(), z.sum(dim=-1)
