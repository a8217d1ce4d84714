# build: M()
# entry: forward
# input: x=f32[1]
# case: x=[10]
# case: x=[-1]
# case: x=[3.5]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        i = 0
        while i < 4:
            x = x - 1
            if x < 0:
                found = True
                break
            i += 1
        else:
            found = False
        return x, i, found
