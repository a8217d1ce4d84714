# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[0.2, 0.1]
# case: x=[3, 3]
# case: x=[50, 50]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        state = (x, (x.sum(), 1))
        a, b = x, x * 2
        while state[0].sum() > 1:
            h, (c, n) = state
            state = (h / 2, (c + h.sum(), n * 2))
            a, b = b, a + b
        return state, a, b
