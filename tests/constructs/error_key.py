# build: M()
# input: x=f32[2]
# error: gelu2
# error-line: 12
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        table = {"relu": nn.ReLU(), "gelu": nn.GELU()}
        act = "gelu2"
        return table[act](x)
