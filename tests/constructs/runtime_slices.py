# build: M()
# entry: forward
# input: x=f32[6]
# input: n=i64[]
# case: x=[1, 2, 3, 4, 5, 6], n=0
# case: x=[1, 2, 3, 4, 5, 6], n=2
# case: x=[1, 2, 3, 4, 5, 6], n=6
# case: x=[1, 2, 3, 4, 5, 6], n=9
# case: x=[1, 2, 3, 4, 5, 6], n=-2
import torch.nn as nn


class M(nn.Module):
    def forward(self, x, n):
        k = int(n)
        y = x.clone()
        y[:k] = 0
        y[k:] += 1
        return x[:n], x[k:], x[-3:k], y, x[k // 2: k], x[:k].sum(), x[:k].shape[0]
