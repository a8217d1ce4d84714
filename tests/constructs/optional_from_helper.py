# build: M()
# entry: forward
# input: x=f32[3]
# case: x=[1, 2, 3]
# case: x=[-1, -2, -3]
# case: x=[0.1, 0, 0]
from typing import Optional

import torch
import torch.nn as nn


class M(nn.Module):
    def exit_head(self, x) -> Optional[torch.Tensor]:
        if x.max() > 2:
            return x.sum()
        if x.max() < 0:
            return
        return None

    def forward(self, x):
        out = self.exit_head(x)
        if out is not None:
            return out
        out = self.exit_head(x + 2.5)
        return x if out is None else (x, out)
