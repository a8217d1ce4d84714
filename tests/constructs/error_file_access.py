# build: M()
# input: x=f32[2]
# error: open
# error-line: 11
import torch.nn as nn


class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.lines = open("secrets.txt").readlines()

    def forward(self, x):
        return x
