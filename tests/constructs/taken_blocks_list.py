# build: M(20)
# entry: forward
# input: x=f32[1,3]
# case: x=[[1, 2, 3]]
# case: x=[[-1, -2, -3]]
# case: x=[[0.3, -0.2, 0.1]]
# case: x=[[9, -5, -4.5]]
import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, k):
        super().__init__()
        self.w = nn.Parameter(torch.tensor([[0.5 - 0.07 * k, 0.3, -0.1 * k]]))

    def forward(self, x):
        return torch.tanh(x * self.w)


class M(nn.Module):
    """Blocks that each leave a trace in lists only where their gate runs them: 2 ** 20 lengths, one program."""

    def __init__(self, n):
        super().__init__()
        self.blocks = nn.ModuleList([Block(k) for k in range(n)])

    def forward(self, x):
        used, kept, skipped = [], [], 0
        for i, block in enumerate(self.blocks):
            y = block(x)
            if (y.sum() * (i + 1)).sin() > 0:
                x = x + y
                used.append(i)
                kept.append(y.mean(1))
            else:
                skipped += 1
        last = used[-1] if used else -1
        total = 0
        for number in used:
            total += number
        mean = torch.stack(kept).mean(0) if len(kept) > 0 else x.mean(1)
        return x, skipped, len(used), last, total, mean
