# build: M()
# entry: forward
# input: x=f32[3]
# case: x=[3, 1, 2]
# case: x=[1, 2, 3]
# case: x=[-1, -2, -3]
# may-refuse: sorted
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        values = sorted(x.tolist())
        pairs = sorted(enumerate(x), key=lambda p: p[1], reverse=True)
        return values, [i for i, _ in pairs]
