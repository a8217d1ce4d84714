# build: M()
# input: x=f32[2]
# error: __init__
# error-line: 10
import torch.nn as nn


class M(nn.Module):
    def __init__(self):
        self.act = nn.ReLU()

    def forward(self, x):
        return self.act(x)
