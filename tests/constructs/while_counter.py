# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[0.3, 0.1]
# case: x=[2, 2]
# case: x=[30, 30]
# case: x=[1000, 1000]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        steps = 0
        while x.sum() > 1 and steps < 6:
            x = x * 0.5
            steps += 1
        return x, steps
