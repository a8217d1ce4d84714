# build: M(True)
# entry: forward
# input: x=f32[2]
# case: x=[1, 2]
# case: x=[-1, -2]
import torch.nn as nn


class Part(nn.Module):
    def __init__(self, fancy):
        super().__init__()
        if fancy:
            self.forward = self.fancy
        else:
            self.forward = self.plain

    def plain(self, x):
        return x

    def fancy(self, x):
        return x * 3 if x.sum() > 0 else x * 5


class M(nn.Module):
    def __init__(self, fancy):
        super().__init__()
        self.parts = [Part(fancy), Part(False), Part(fancy)]
        self.table = {}
        for i, part in enumerate(self.parts):
            self.table["part_{}".format(i)] = part
            setattr(self, "part_{}".format(i), part)

    def forward(self, x):
        for i in range(3):
            x = self.table["part_{}".format(i)](x) + getattr(self, f"part_{i}")(x)
        return x
