# build: M()
# input: x=i64[2]
# input: y=f32[2]
# error: 64
# error-line: 11
import torch.nn as nn


class M(nn.Module):
    def forward(self, x, y):
        x += y
        return x
