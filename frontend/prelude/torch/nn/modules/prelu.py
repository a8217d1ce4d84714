"""The activation that has a parameter."""

import torch
from torch.nn import functional as F
from torch.nn.modules.module import Module
from torch.nn.parameter import Parameter


class PReLU(Module):
    def __init__(self, num_parameters=1, init=0.25, device=None, dtype=None):
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(torch.full([num_parameters], init, dtype=dtype or torch.float32))

    def forward(self, input):
        return F.prelu(input, self.weight)
