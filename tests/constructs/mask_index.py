# build: M()
# entry: forward
# input: x=f32[5]
# case: x=[1, 2, 3, 4, 5]
# case: x=[1, -2, 3, -4, 5]
# case: x=[-1, -2, -3, -4, -5]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        pos = x[x > 0]
        n = pos.numel()
        if n > 0:
            return pos * 2, pos.sum(), n
        return pos, pos.sum(), pos.shape[0]
