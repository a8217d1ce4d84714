# build: M()
# input: x=f32[2,3]
# case: x=[[1,2,3],[4,5,6]]
# case: x=[[-1,-2,-3],[0,0,0]]
# case: x=[[9,9,9],[9,9,9]]
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        count = torch.zeros((), dtype=torch.long)
        acc = 0
        hist = torch.zeros(0)
        done = False
        while not done:
            acc = acc + x.mean()
            hist = torch.cat([hist, x.sum().view(1)])
            count += 1
            x = x.t() / 2
            x = x.reshape(2, 3)
            done = bool(x.abs().max() < 1) or hist.numel() >= 5
        return x, acc, count, hist, hist.shape[0]
