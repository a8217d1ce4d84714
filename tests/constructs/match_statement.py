# build: M()
# entry: forward
# input: x=f32[2]
# static: mode=("scale", 3)
# case: x=[1, 2]
# case: x=[-1, -2]
# may-refuse: match
import torch.nn as nn


class M(nn.Module):
    def forward(self, x, mode):
        match mode:
            case ("shift", k):
                return x + k
            case ("scale", k) if k > 2:
                x = x * k
            case _:
                x = -x
        return x if x.sum() > 0 else x - 1
