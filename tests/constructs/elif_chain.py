# build: M()
# entry: forward
# input: x=f32[3]
# case: x=[5, 5, 5]
# case: x=[1, 1, 0.5]
# case: x=[-1, 0, 0.5]
# case: x=[-9, 0, 1]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        s = x.sum()
        if s > 10:
            return x / 10, "big".upper() == "BIG"
        elif s > 1:
            return x + s, False
        elif s > -5:
            x = x - s
        else:
            x = x * s
        return x, None
