# build: M()
# entry: forward
# input: x=f32[2]
# input: n=i64[3]
# case: x=[1, 2], n=[0, 6, 2]
# case: x=[1, 2], n=[5, 0, -2]
# case: x=[1, 2], n=[3, 3, 1]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x, n):
        a, b, c = n.tolist()
        seen = 0
        for i in range(a, b, c):
            x = x + i
            seen += 1
        for i in reversed(range(seen)):
            x = x * 2 - i
        for i, j in enumerate(range(b)):
            x = x + i * j
        return x, seen, len(range(a, b, c))
