# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[0.2, 0.1]
# case: x=[3, 3]
# case: x=[50, 50]
# may-refuse: recurs
import torch.nn as nn


class M(nn.Module):
    def halve(self, x):
        if x.sum() < 1:
            return x
        return self.halve(x / 2) + 1

    def forward(self, x):
        return self.halve(x)
