# build: M()
# input: x=f32[2]
# error: nothing_here
# error-line: 7
import torch.nn as nn

from support.blocks import nothing_here


class M(nn.Module):
    def forward(self, x):
        return nothing_here(x)
