# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[0.2, 0.1]
# case: x=[3, 3]
# case: x=[50, 50]
import torch.nn as nn


class M(nn.Module):
    def halve(self, x, fuel):
        if fuel == 0 or x.sum() < 1:
            return x, fuel
        return self.halve(x / 2, fuel - 1)

    def forward(self, x):
        return self.halve(x, 5)
