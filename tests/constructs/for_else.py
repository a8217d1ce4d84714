# build: M()
# entry: forward
# input: x=f32[4]
# case: x=[1, 2, 3, 4]
# case: x=[1, -2, 3, 4]
# case: x=[1, 2, 3, -4]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        for i in range(x.shape[0]):
            if x[i] < 0:
                y = x[i] * 10
                break
        else:
            y = x.sum()
            i = -1
        return y, i
