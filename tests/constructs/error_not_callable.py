# build: M()
# input: x=f32[3]
# error: callable
# error-line: 11
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        scale = 3
        return scale(x)
