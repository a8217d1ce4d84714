# build: M()
# entry: forward
# input: x=f32[3]
# input: n=i64[]
# case: x=[1, 2, 3], n=0
# case: x=[1, 2, 3], n=1
# case: x=[1, 2, 3], n=7
import torch.nn as nn


class M(nn.Module):
    def forward(self, x, n):
        acc = x
        for i in range(int(n)):
            acc = acc * 0.5 + i
        for i in range(n):
            acc = acc + 1
        return acc
