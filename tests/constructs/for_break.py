# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[20, 20]
# case: x=[0.5, 0.25]
# case: x=[3, 3]
# case: x=[-1, -1]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        for i in range(5):
            if x.sum() < 1:
                break
            x = x / 2
        return x, i
