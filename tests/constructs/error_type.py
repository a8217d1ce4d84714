# build: M()
# input: x=f32[2]
# error: str
# error-line: 10
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        return x + int("3" + 4)
