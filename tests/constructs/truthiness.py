# build: M()
# entry: forward
# input: x=f32[3]
# case: x=[1, 2, 3]
# case: x=[-1, 0, 3]
import torch.nn as nn


class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.n, self.zero, self.f, self.name, self.empty = 3, 0, 0.0, "a", ""
        self.items, self.none, self.layers = [], None, nn.ModuleList()

    def forward(self, x):
        bits = []
        for v in (self.n, self.zero, self.f, self.name, self.empty, self.items, [0], self.none, (), {}, {1: 2}, self.layers):
            bits.append(1 if v else 0)
        if x[1]:
            bits.append(2)
        if not x[1]:
            bits.append(3)
        if self.n:
            x = x + 1
        k = self.zero or self.n
        m = self.n and self.name
        return x, bits, k, m == "a", not bits
