# build: M()
# entry: forward
# input: x=f32[3]
# case: x=[1, 2, 3]
# case: x=[-1, -2, -3]
import torch.nn as nn


class Bag:
    def __init__(self, items):
        self.items = list(items)

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]

    def __setitem__(self, i, v):
        self.items[i] = v

    def __iter__(self):
        return iter(self.items)

    def __contains__(self, v):
        return v == "magic"

    def __add__(self, other):
        return Bag(a + b for a, b in zip(self, other))

    def __call__(self, k):
        return self.items[k] * 2


class M(nn.Module):
    def forward(self, x):
        bag = Bag(x) + Bag([1, 2, 3])
        bag[1] = x.sum()
        if bag and bag[0] > 0:
            bag[2] = bag(0)
        return [v for v in bag], len(bag), "magic" in bag, bag[-1]
