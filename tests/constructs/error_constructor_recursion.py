# build: M()
# input: x=f32[2]
# error: recursion
import torch.nn as nn


class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.k = self.down(0)

    def down(self, n):
        return self.down(n + 1)

    def forward(self, x):
        return x
