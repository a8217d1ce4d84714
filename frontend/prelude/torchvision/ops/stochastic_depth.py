"""Stochastic depth: the identity outside of training."""

import torch
from torch import nn


def stochastic_depth(input, p, mode, training=True):
    if not training or p == 0:
        return input
    shape = [input.shape[0] if mode == "row" else 1] + [1] * (input.dim() - 1)
    keep = (torch.rand(shape) >= p).to(input.dtype)
    return input * keep / (1.0 - p)


class StochasticDepth(nn.Module):
    def __init__(self, p, mode):
        super().__init__()
        self.p = p
        self.mode = mode

    def forward(self, input):
        return stochastic_depth(input, self.p, self.mode, self.training)
