# build: M()
# entry: forward
# input: x=f32[2,3]
# case: x=[[1, 2, 3], [4, 5, 6]]
# case: x=[[0, 2, 0], [4, 0, 0]]
# case: x=[[0, 0, 0], [0, 0, 0]]
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        idx = x.nonzero()
        r, c = torch.where(x > 0)
        i, j = x.nonzero(as_tuple=True)
        n = idx.shape[0]
        if n == 0:
            return idx, n
        picked = x[i, j]
        return idx, r, c, picked.sum(), n, torch.zeros(n, 2) + idx, torch.arange(n), x.flatten()[:n]
