"""Masked diffusion decoding (after LLaDA, Nie et al., 2025) with early commit of confident tokens."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class RMSNorm(nn.Module):
    def __init__(self, dim: int, eps: float = 1e-6):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight


class Block(nn.Module):
    def __init__(self, dim, n_heads):
        super().__init__()
        self.n_heads = n_heads
        self.norm1, self.norm2 = RMSNorm(dim), RMSNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.proj = nn.Linear(dim, dim, bias=False)
        self.gate_up = nn.Linear(dim, 4 * dim, bias=False)
        self.down = nn.Linear(2 * dim, dim, bias=False)

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(B, T, 3, self.n_heads, C // self.n_heads).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v)
        x = x + self.proj(y.transpose(1, 2).reshape(B, T, C))
        gate, up = self.gate_up(self.norm2(x)).chunk(2, dim=-1)
        return x + self.down(F.silu(gate) * up)


class MaskPredictor(nn.Module):
    def __init__(self, vocab=33, dim=16, n_layers=2, n_heads=2, max_len=24):
        super().__init__()
        self.wte = nn.Embedding(vocab, dim)
        self.wpe = nn.Embedding(max_len, dim)
        self.blocks = nn.Sequential(*[Block(dim, n_heads) for _ in range(n_layers)])
        self.norm = RMSNorm(dim)
        self.head = nn.Linear(dim, vocab, bias=False)

    def forward(self, ids):
        x = self.wte(ids) + self.wpe(torch.arange(ids.shape[1], device=ids.device))
        return self.head(self.norm(self.blocks(x)))


def get_num_transfer_tokens(mask_index, steps):
    """How many masked tokens each step uncovers, as evenly as it goes."""
    mask_num = mask_index.sum(dim=1, keepdim=True)
    base = mask_num // steps
    remainder = mask_num % steps
    num_transfer_tokens = torch.zeros(mask_num.size(0), steps, dtype=torch.int64) + base
    for i in range(mask_num.size(0)):
        num_transfer_tokens[i, :remainder[i]] += 1
    return num_transfer_tokens


class Generator(nn.Module):
    def __init__(self, gen_length=12, block_length=6, steps=8, mask_id=32, threshold=0.6):
        super().__init__()
        self.model = MaskPredictor()
        self.gen_length, self.block_length, self.steps, self.mask_id = gen_length, block_length, steps, mask_id
        self.threshold = threshold

    @torch.no_grad()
    def forward(self, prompt):
        start = prompt.shape[1]
        x = torch.full((1, start + self.gen_length), self.mask_id, dtype=torch.long)
        x[:, :start] = prompt.clone()
        assert self.gen_length % self.block_length == 0
        num_blocks = self.gen_length // self.block_length
        assert self.steps % num_blocks == 0
        steps = self.steps // num_blocks
        used = 0
        for num_block in range(num_blocks):
            end = start + (num_block + 1) * self.block_length
            block = slice(start + num_block * self.block_length, end)
            num_transfer_tokens = get_num_transfer_tokens(x[:, block] == self.mask_id, steps)
            for i in range(steps):
                mask_index = (x == self.mask_id)
                mask_index[:, end:] = False
                if not mask_index.any():
                    break
                logits = self.model(x)
                logits[..., self.mask_id] = -torch.inf
                x0 = torch.argmax(logits, dim=-1)
                p = F.softmax(logits, dim=-1)
                x0_p = torch.squeeze(torch.gather(p, dim=-1, index=torch.unsqueeze(x0, -1)), -1)
                confidence = torch.where(mask_index, x0_p, -float('inf'))
                transfer_index = torch.zeros_like(x0, dtype=torch.bool)
                for j in range(confidence.shape[0]):
                    k = int(num_transfer_tokens[j, i])
                    if i == steps - 1:
                        k = int(mask_index[j].sum())
                    _, select_index = torch.topk(confidence[j], k=k)
                    transfer_index[j, select_index] = True
                # Early commit: whatever is confident enough is uncovered with them.
                transfer_index |= (confidence > self.threshold)
                x[transfer_index] = x0[transfer_index]
                used += 1
        return x[:, start:], used
