# build: M()
# entry: forward
# input: x=f32[3]
# case: x=[1, 2, 3]
# case: x=[-1, -2, -3]
from collections import namedtuple
from enum import Enum
from typing import NamedTuple

import torch
import torch.nn as nn

Pair = namedtuple("Pair", ["left", "right"])


class Out(NamedTuple):
    value: torch.Tensor
    n: int = 3


class Mode(Enum):
    UP = 1
    DOWN = "down"


class M(nn.Module):
    def forward(self, x):
        p = Pair(x, right=x * 2)
        mode = Mode.UP if x.sum() > 0 else Mode.DOWN
        left, right = p
        if mode == Mode.UP:
            right = right + p.left
        q = p._replace(left=right)
        return Out(q.left), Out(left, n=mode is Mode.DOWN), Mode("down").name == "DOWN", p[1]
