# build: M(0)
# input: x=f32[2]
# error: k must be positive
# error-line: 12
import torch.nn as nn


class M(nn.Module):
    def __init__(self, k):
        super().__init__()
        if k <= 0:
            raise ValueError(f"k must be positive, not {k}")

    def forward(self, x):
        return x
