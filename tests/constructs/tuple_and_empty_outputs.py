# build: M()
# entry: forward
# input: x=f32[3]
# case: x=[1, 2, 3]
# case: x=[-1, -2, -3]
# case: x=[0, 0, 0.5]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        if x.sum() > 1:
            return ()
        if x.sum() < 0:
            return (x,), [], {}, ((x.sum(), 1), 2.0), True
        return
