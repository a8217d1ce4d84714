# build: M()
# input: x=f32[4]
# input: k=i64[]
# case: x=[1,2,3,4], k=2
# case: x=[1,2,3,4], k=0
# case: x=[5,2,0.1,4], k=1
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x, k):
        stack = [x]
        n = 0
        while len(stack) > 0 and n < 6:
            top = stack.pop()
            n += 1
            if top.sum() > 6:
                stack.append(top / 2)
                stack.append(top / 3)
        items = [x * i for i in range(5)]
        return n, len(stack), items[int(k)], items[-int(k) - 1]
