# build: M()
# input: x=f32[2]
# case: x=[1, 2]
# case: x=[-1, -2]
import torch
import torch.nn as nn


class Acc:
    def __init__(self):
        self._v = None
        self.reads = 0

    @property
    def value(self):
        self.reads += 1
        return self._v

    @value.setter
    def value(self, v):
        self._v = v if self._v is None else self._v + v

    def __getattr__(self, name):
        if name.startswith("twice_"):
            return getattr(self, name[6:]) * 2
        raise AttributeError(name)

    def __call__(self, x):
        self.value = x
        return self.value


class M(nn.Module):
    def forward(self, x):
        a = Acc()
        while a(x).sum() < 10 and a.reads < 5:
            x = x + 1
        return a.value, a.twice_value, a.reads, hasattr(a, "nothing")
