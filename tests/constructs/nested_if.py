# build: M()
# entry: forward
# input: x=f32[2]
# input: y=f32[2]
# case: x=[1, 1], y=[1, 1]
# case: x=[1, 1], y=[-1, 1.5]
# case: x=[1, 1], y=[-9, 1]
# case: x=[-1, 0], y=[2, 3]
# case: x=[-1, 0], y=[-2, -3]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x, y):
        out = x
        if x.sum() > 0:
            if y.sum() > 1:
                out = out + y
            elif y[0] > -5:
                out = out - y
            else:
                pass
        else:
            out = out * y
            if (out > 0).all():
                out = -out
        return out
