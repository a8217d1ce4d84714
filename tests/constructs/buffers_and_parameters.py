# build: M()
# entry: forward
# input: x=f32[3]
# case: x=[1, 2, 3]
# case: x=[-1, -2, -3]
import copy

import torch
import torch.nn as nn


class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mask", torch.tensor([True, False, True]), persistent=False)
        self.register_parameter("w", nn.Parameter(torch.linspace(0, 1, 3)))
        self.register_parameter("none", None)
        self.ps = nn.ParameterDict({"a": nn.Parameter(torch.ones(3)), "b": nn.Parameter(torch.zeros(3))})
        block = nn.Linear(3, 3)
        nn.init.eye_(block.weight)
        nn.init.zeros_(block.bias)
        self.blocks = nn.ModuleList([copy.deepcopy(block) for _ in range(2)])
        self.blocks[1].weight.data.mul_(2)
        with torch.no_grad():
            self.blocks[0].bias += 1
        for p in self.parameters():
            p.requires_grad = False

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        n = sum(p.numel() for p in self.parameters())
        names = [k for k, _ in self.named_parameters()]
        if self.none is None and x[self.mask].sum() > 0:
            x = x * self.w
        return x + self.ps["a"], n, names[0] == "w", next(self.parameters()).dtype == x.dtype
