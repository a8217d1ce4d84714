# build: M()
# input: x=f32[2,3]
# input: y=f32[4]
# error: 3
# error-line: 11
import torch.nn as nn


class M(nn.Module):
    def forward(self, x, y):
        return x + y
