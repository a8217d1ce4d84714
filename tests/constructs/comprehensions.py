# build: M()
# entry: forward
# input: x=f32[4]
# case: x=[1, 2, 3, 4]
# case: x=[-1, 2, -3, 4]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        a = [v * i for i, v in enumerate(x) if i % 2 == 0]
        b = {f"k{i}": x[i] for i in range(2)}
        c = {len(s) for s in ("a", "bb", "cc")}
        d = [[i * j for j in range(i)] for i in range(3)]
        e = [v for v in x if v > 0]
        g = [(i, j) for i in range(3) for j in range(3) if i < j]
        return a, b, sorted(c), d, e, len(e), g
