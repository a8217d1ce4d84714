# build: M()
# input: x=f32[1,4]
# case: x=[[1,2,3,4]]
# case: x=[[0,0,0,0]]
import torch
import torch.nn as nn


class Attn(nn.Module):
    def forward(self, x, cache=None):
        k = x if cache is None else torch.cat([cache[0], x], 0)
        v = x * 2 if cache is None else torch.cat((cache[1], x * 2), 0)
        a = torch.softmax(x @ k.t() / x.size(-1) ** 0.5, -1)
        return a @ v, (k, v)


class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([Attn(), Attn()])

    def forward(self, x):
        caches = [None] * 2
        toks = []
        for t in range(12):
            h = x
            for i, layer in enumerate(self.layers):
                h, caches[i] = layer(h, caches[i])
            tok = h.argmax(-1)
            toks.append(tok)
            if h.sum() > 40 or tok.item() == 0:
                break
            x = h * 0.5 + 0.1
        return torch.cat(toks), caches[0][0].shape[0], caches[1][1].sum(0), t
