# build: M()
# entry: forward
# input: x=f32[2,8]
# case: x=[[1, 2, 3, 4, 5, 6, 7, 8], [8, 7, 6, 5, 4, 3, 2, 1]]
# case: x=[[-1, 2, -3, 4, -5, 6, -7, 8], [0, 0, 0, 0, 0, 0, 0, 1]]
import math

import torch
import torch.nn as nn


class M(nn.Module):
    """How far it looks back is a parameter, and so the sizes of what it computes follow from a weight."""

    def __init__(self):
        super().__init__()
        self.span = nn.Parameter(torch.tensor([[0.2], [0.55]]))
        self.register_buffer("ramp", torch.linspace(-7, 0, 8))

    def width(self):
        return max(1, min(8, math.ceil(self.span.max().item() * 8) + 1))

    def forward(self, x):
        width = self.width()
        mask = (self.ramp + self.span * 8).clamp(0, 1)
        if width < 8:
            x = x[:, 8 - width :]
            mask = mask[:, -x.size(1) :]
        kept = x * mask
        if self.span.mean() > 0.9:
            kept = kept + torch.ones(3)
        return kept, (kept / 2).sum(dim=1)
