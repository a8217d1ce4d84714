# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[1, 2]
# case: x=[-1, -2]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        k = 2
        history = []

        def step(v):
            history.append(v.sum())
            return v * k if v.sum() > 0 else v + k

        x = step(x)
        k = 5
        x = step(x)
        x = step(x)
        return x, history
