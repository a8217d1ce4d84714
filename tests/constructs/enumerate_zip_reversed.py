# build: M()
# entry: forward
# input: x=f32[3]
# case: x=[1, 2, 3]
# case: x=[-1, -2, -3]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        names = ["a", "b", "c"]
        out = {}
        for i, (name, v) in enumerate(zip(names, x), start=1):
            out[name] = v * i if v > 0 else v - i
        for k in reversed(range(3)):
            x = x * 2 - k
        for name in reversed(names):
            x = x + out[name]
        return x, out
