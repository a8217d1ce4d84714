# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[1, 2]
# case: x=[-1, -2]
# case: x=[0.25, 0.25]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        items = [x, x + 1]
        alias = items
        s = x.sum()
        if s > 1:
            items.append(x * 2)
            items.insert(0, s)
            items[1] = x * 3
        elif s < 0:
            items.pop()
            items.extend([s, s * 2])
            items.reverse()
        else:
            items = items + [s]
        del items[0]
        items += [x]
        return items, len(alias), items[-1] is x, alias[::-1]
