# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[100, 1]
# case: x=[3, 1]
# case: x=[0.5, 0.25]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        while x.abs().max() > 2:
            x = x / 3
        return x
