# build: M()
# input: x=f32[2,3]
# error: 3
# error-line: 10
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        return x[0, 3]
