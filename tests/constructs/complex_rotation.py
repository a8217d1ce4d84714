# build: M()
# input: x=f32[2,4,6]
# input: start=i64[]
# case: x=np.arange(48).reshape(2,4,6) / 10, start=0
# case: x=np.arange(48).reshape(2,4,6) / 7 - 3, start=2
# case: x=np.ones((2,4,6)), start=4
import torch
from torch import nn


def frequencies(dim, end):
    freqs = 1.0 / 100 ** (torch.arange(0, dim, 2)[: dim // 2].float() / dim)
    angles = torch.outer(torch.arange(end), freqs)
    return torch.polar(torch.ones_like(angles), angles)


class M(nn.Module):
    """Rotary position embeddings by way of complex numbers."""

    def __init__(self):
        super().__init__()
        self.register_buffer("table", frequencies(6, 8), persistent=False)

    def forward(self, x, start):
        at = int(start)
        turn = self.table[at : at + x.shape[1]]
        z = torch.view_as_complex(x.float().reshape(*x.shape[:-1], -1, 2))
        turned = z * turn.unsqueeze(0)
        if start > 1:
            turned = turned * 0.5 + z.conj()
        flat = torch.view_as_real(turned).flatten(2)
        return flat, turned.real, turned.abs(), torch.is_complex(turned), turned.shape[-1]
