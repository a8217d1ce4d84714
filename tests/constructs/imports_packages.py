# build: M()
# entry: forward
# input: x=f32[3]
# case: x=[1, 2, 3]
# case: x=[-1, -2, -3]
import torch.nn as nn

import support
import support.config as cfg
from support import blocks, double
from support.blocks import Gate as TheGate, THRESHOLD
from support.deep.inner import *

cfg.LIMIT = 7
support.config.NAMES.append("added")


class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = TheGate()
        self.other = blocks.Gate(threshold=-1)

    def forward(self, x):
        if self.gate(x) and self.other(x):
            x = double(x)
        return inner_scale(x), cfg.LIMIT, blocks.limit(), len(cfg.NAMES), THRESHOLD
