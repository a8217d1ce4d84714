# build: M()
# entry: forward
# input: x=f32[1,4]
# case: x=[[0, 0, 0, 0]]
# case: x=[[0.5, 0.5, 0, 0]]
# case: x=[[8, 0, 0, 0]]
# case: x=[[40, 0, 0, 0]]
import torch
import torch.nn as nn


class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.eye(4) * 0.9)

    def forward(self, x):
        cache = x[:0]
        tokens = []
        for step in range(200):
            x = torch.relu(x @ self.w - 0.0625)
            cache = torch.cat([cache, x], dim=0)
            att = torch.softmax(x @ cache.t(), dim=-1) @ cache
            tokens.append(step)
            if att.sum() < 0.45:
                break
        return cache[-1], cache.shape[0], tokens[-1], att
