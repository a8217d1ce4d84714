# build: Child(3)
# entry: forward
# input: x=f32[2]
# case: x=[1, 2]
# case: x=[-1, -2]
import torch.nn as nn


class Scaling:
    factor = 2

    def scale(self, x):
        return x * self.factor

    @property
    def twice(self):
        return self.factor * 2

    @staticmethod
    def shift(x, by=1):
        return x + by

    @classmethod
    def make(cls, *args):
        return cls(*args)


class Base(nn.Module):
    def forward(self, x):
        return self.hook(x) + 1

    def hook(self, x):
        raise NotImplementedError


class Child(Scaling, Base):
    def __init__(self, factor):
        self.early = 1
        super(Child, self).__init__()
        self.factor = factor

    def hook(self, x):
        y = super().scale(x)
        return self.shift(y, by=self.twice) if x.sum() > 0 else self.shift(y)
