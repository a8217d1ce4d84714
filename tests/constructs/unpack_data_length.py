# build: M()
# entry: forward
# input: x=f32[n]
# case: x=[1, 2, -1]
# case: x=[3, -2, -1]
# case: x=[3, 2, 1]
# case: x=[-3, -2, 5]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        kept = []
        for i in range(x.shape[0]):
            if x[i] > 0:
                kept.append(x[i] * 2)
        first, second = kept
        return first - second
