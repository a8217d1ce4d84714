# build: M()
# input: x=f32[n,3]
# input: y=f32[n,3]
# case: x=np.ones((2,3)), y=np.zeros((2,3))
# case: x=-np.ones((4,3)), y=np.ones((4,3))
# case: x=np.arange(15.).reshape(5,3), y=np.ones((5,3))
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x, y):
        h = torch.zeros(3)
        kept = []
        for i, (a, b) in enumerate(zip(x, y)):
            if (a * b).sum() < 0:
                continue
            h = h * 0.5 + a + b * i
            kept.append(h)
        for row in reversed(x):
            h = h + row
        for i in range(len(x) - 1, -1, -1):
            h = h - x[i] * i
        best = max(r.sum().item() for r in x)
        return h, len(kept), x[-1], best, [float(r[0]) for r in y]
