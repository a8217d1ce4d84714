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
        sums = []
        n = 0
        while x.sum() > 1:
            sums.append(x.sum().item())
            x = x * 0.5
            n += 1
        if sums:
            return torch.tensor(sums, dtype=torch.float32), n, sums[0], sums[-1]
        return x, n
