# build: M()
# entry: forward
# input: x=f32[6]
# input: k=i64[]
# case: x=[3, 1, 4, 1.5, 5, 9], k=1
# case: x=[3, 1, 4, 1.5, 5, 9], k=4
# case: x=[3, 1, 4, -1.5, -5, -9], k=6
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x, k):
        values, indices = torch.topk(x, k=int(k))
        low, _ = x.topk(int(k), largest=False)
        n = int((x > 2).sum())
        keep = x.topk(n).indices
        mask = torch.zeros_like(x, dtype=torch.bool)
        mask[keep] = True
        return values, indices, low, mask, x.sort(descending=True)[0][:k]
