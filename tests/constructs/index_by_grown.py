# build: M()
# input: x=f32[5]
# case: x=[1,2,3,4,5]
# case: x=[5,-2,3,-4,5]
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        keep = []
        for i, v in enumerate(x):
            if v > 2:
                keep.append(i)
        y = x[keep]
        z = x.clone()
        z[keep] = 0
        return y, z, [i * 2 for i in keep], 3 in keep
