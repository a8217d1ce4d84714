# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[0.2, 0.1]
# case: x=[3, 3]
# case: x=[50, 7]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        outer = inner = 0
        while x[0] > 1:
            y = x[1]
            while y > 0.5:
                y = y / 2
                inner += 1
                if inner > 9:
                    return x, outer, inner
            x = x - y - 1
            outer += 1
        return x, outer, inner, "done" == "done"
