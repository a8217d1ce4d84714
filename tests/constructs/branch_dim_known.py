# build: M()
# input: x=f32[n]
# case: x=[1,2,3,4]
# case: x=[1,2]
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        if x.shape[0] == 4:
            y = torch.zeros(4)
        else:
            y = x * 2
        if x.shape[0] % 2 == 0:
            z = y.view(x.shape[0] // 2, 2).sum(1)
        else:
            z = y
        return y + x, z
