# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[1, 2]
# case: x=[-1, -2]
import torch.nn as nn


class M(nn.Module):
    def lookup(self, d, k):
        try:
            return d[k]
        except KeyError:
            return -1

    def forward(self, x):
        d = {"a": 1}
        n = self.lookup(d, "a") * 10 + self.lookup(d, "b")
        try:
            v = [1, 2][5]
        except IndexError:
            v = 3
        try:
            w = int("x")
        except (TypeError, ValueError) as e:
            w = len(e.args)
        try:
            u = x.no_such_attribute
        except AttributeError:
            u = x
        return u * n, v, w, next(iter([]), 8), d.pop("z", 6)
