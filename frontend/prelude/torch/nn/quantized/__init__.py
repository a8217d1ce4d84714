"""Arithmetic that a quantised network would observe: on floats it is plain arithmetic."""

import torch
from torch.nn.modules.module import Module


class FloatFunctional(Module):
    def forward(self, x):
        raise RuntimeError("FloatFunctional is not intended to use the 'forward'. Please use the underlying operation")

    def add(self, x, y):
        return torch.add(x, y)

    add_scalar = add

    def mul(self, x, y):
        return torch.mul(x, y)

    mul_scalar = mul

    def cat(self, x, dim=0):
        return torch.cat(x, dim=dim)

    def add_relu(self, x, y):
        return torch.relu(torch.add(x, y))

    def matmul(self, x, y):
        return torch.matmul(x, y)
