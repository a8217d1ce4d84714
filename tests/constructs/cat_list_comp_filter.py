# build: M()
# input: x=f32[4,2]
# case: x=[[1,2],[-3,1],[0,0.5],[4,4]]
# case: x=[[-1,-2],[-3,1],[0,-0.5],[-4,4]]
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        rows = [r for r in x if r.sum() > 0]
        if not rows:
            return x.new_zeros(0, 2), 0
        return torch.stack(rows), len(rows)
