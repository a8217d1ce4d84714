# build: M()
# input: x=f32[3]
# error: unpack
# error-line: 10
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        a, b = x
        return a + b
