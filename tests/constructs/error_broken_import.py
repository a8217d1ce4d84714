# build: M()
# input: x=f32[2]
# error: missing_constant
import torch.nn as nn

from support_broken import value


class M(nn.Module):
    def forward(self, x):
        return x * value
