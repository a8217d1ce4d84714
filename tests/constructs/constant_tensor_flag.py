# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[1, 2]
# case: x=[-1, -2]
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        flag = torch.tensor(1)
        off = torch.tensor(0)
        for i in range(3):
            if flag:
                x = x + i
            if off:
                x = x * 100
            if torch.tensor([[i]]) == 1:
                flag = torch.tensor(0)
        n = torch.tensor([4]).item()
        return x.repeat(n), int(torch.arange(5).sum())
