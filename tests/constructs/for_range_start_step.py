# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[1, 2]
# case: x=[20, 30]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        seen = []
        for i in range(2, 5):
            x = x + i
        for i in range(0, 6, 2):
            if x.sum() > 15:
                x = x * 0.5
                seen.append(i)
        for i in range(5, 0, -2):
            x = x - i
        for i in range(3, 3):
            x = x * 100
        return x, seen
