# build: M()
# input: x=f32[b,4]
# case: x=np.ones((1,4))
# case: x=-np.ones((3,4))
# case: x=np.arange(12.).reshape(3,4)
import torch
import torch.nn as nn


class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)
        nn.init.eye_(self.a.weight)
        nn.init.zeros_(self.a.bias)

    def forward(self, x):
        B = x.shape[0]
        out = x.new_zeros(B, 4)
        active = torch.ones(B, dtype=torch.bool)
        steps = torch.zeros(B, dtype=torch.long)
        for t in range(6):
            x = torch.relu(self.a(x)) - 0.5
            out[active] = x[active]
            steps[active] += 1
            active = active & (x.sum(1) > 1)
            if not active.any():
                break
        idx = active.nonzero().squeeze(1)
        if idx.numel() > 0:
            out[idx] += 100
        return out, steps, t
