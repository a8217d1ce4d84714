# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[0.2, 0.1]
# case: x=[3, 3]
# case: x=[50, 50]
import torch.nn as nn


def halving(x):
    while True:
        yield x
        x = x / 2


class M(nn.Module):
    def forward(self, x):
        for n, y in enumerate(halving(x)):
            if y.sum() < 1:
                break
        return y, n
