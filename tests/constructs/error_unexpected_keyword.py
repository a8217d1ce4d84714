# build: M()
# input: x=f32[2]
# error: wrong
# error-line: 10
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        return self.helper(x, wrong=1)

    def helper(self, x):
        return x
