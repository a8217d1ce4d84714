# build: M()
# entry: forward
# input: x=f32[3]
# case: x=[1, 2, 3]
# case: x=[-1, -2, -3]
from dataclasses import dataclass, field
from typing import List, Optional

import torch
import torch.nn as nn


@dataclass
class State:
    hidden: torch.Tensor
    steps: int = 0
    best: Optional[torch.Tensor] = None
    log: List[int] = field(default_factory=list)

    def advance(self, k):
        self.hidden = self.hidden * k
        self.steps += 1
        return self


class M(nn.Module):
    def forward(self, x):
        s = State(x)
        for k in (2, 3):
            if s.hidden.sum() > 0:
                s = s.advance(k)
                s.best = s.hidden.max()
            s.log.append(k)
        return s.hidden, s.steps, s.best, s.log
