# build: M()
# input: x=f32[2,3]
# error: 6
# error-line: 10
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        return x.view(4, 2)
