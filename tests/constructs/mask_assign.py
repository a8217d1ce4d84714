# build: M()
# entry: forward
# input: x=f32[2,3]
# case: x=[[1, 2, 3], [4, 5, 6]]
# case: x=[[1, -2, 3], [-4, 5, -6]]
# case: x=[[-1, -2, -3], [-4, -5, -6]]
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        y = x.clone()
        y[y < 0] = 0
        z = x.clone()
        z[z > 2] = z[z > 2] * 10
        rows = x.sum(1) > 0
        w = x.clone()
        w[rows] = torch.tensor([7.0, 8.0, 9.0])
        w[~rows, 1] = -1
        z[:, 0][x[:, 0] < 0] = 42
        return y, z, w
