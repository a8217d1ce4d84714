# build: M(1, 2, scale=3, bias=0.5)
# entry: forward
# input: x=f32[2]
# case: x=[1, 2]
# case: x=[-1, -2]
import torch.nn as nn


def affine(x, *, scale=1.0, bias=0.0):
    return x * scale + bias


def total(first, *rest, **extra):
    out = first
    for r in rest:
        out = out + r
    for key in sorted(extra):
        out = out + extra[key] * len(key)
    return out


class M(nn.Module):
    def __init__(self, *sizes, **options):
        super().__init__()
        self.sizes, self.options = sizes, options

    def forward(self, x):
        y = affine(x, **self.options)
        a, *rest = self.sizes
        if y.sum() > 0:
            y = total(y, *self.sizes, *[x, x], k=x, **{"key": a})
        return y, rest
