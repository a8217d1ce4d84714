# build: M()
# input: x=f32[3]
# case: x=[8,1,1]
# case: x=[1,1,1]
# case: x=[40,2,9]
from collections import deque

import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        q = deque([x])
        n = 0
        out = torch.zeros(3)
        while q and n < 20:
            y = q.popleft()
            n += 1
            if y.sum() > 5:
                q.append(y / 2)
                q.append(y / 4)
            else:
                out = out + y
        return out, n, len(q)
