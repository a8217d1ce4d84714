# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[9, 9]
# case: x=[3, 1]
# case: x=[0, 0]
import torch.nn as nn


class Exit(Exception):
    def __init__(self, message, layer):
        self.message = message
        self.layer = layer


class M(nn.Module):
    def encode(self, x):
        for i in range(3):
            x = x * 0.5
            if x.sum() > 1 + i:
                raise Exit((x, x.sum()), i + 1)
        return x

    def forward(self, x):
        try:
            y = self.encode(x)
            layer = 0
        except Exit as e:
            y, _ = e.message
            layer = e.layer
        return y, layer
