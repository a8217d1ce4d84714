# build: M()
# input: x=f32[6]
# case: x=[1,2,3,4,5,6]
# case: x=[-1,-2,-3,-4,-5,-6]
# case: x=[-1,2,-3,4,-5,-6]
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        found, lr, k = None, 1, 0
        h = x
        while h.abs().sum() > 2 and k < 12:
            v = h[k % 6]
            if v > 0.5:
                found = v
                lr *= 0.5
            h = h * 0.7
            k += 1
        return found, lr, k, -1 if found is None else found * 2
