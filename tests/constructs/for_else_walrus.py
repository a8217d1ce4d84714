# build: M()
# input: x=f32[5]
# case: x=[1,2,3,4,5]
# case: x=[-1,-2,-3,-4,-5]
# case: x=[0,0,9,0,0]
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        found = -1
        for i in range(5):
            if (v := x[i]) > 2.5:
                found = i
                break
        else:
            v = x.sum()
        n = 0
        while (y := x.abs().sum()) > 4:
            x = x / 2
            n += 1
        return found, v, n, y
