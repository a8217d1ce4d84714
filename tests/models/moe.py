"""A sparse mixture of experts (Shazeer et al., 2017; top-2 gating): each expert sees only the rows routed to it."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Expert(nn.Module):
    """A two-layer network, one per expert."""

    def __init__(self, n_embd, mult=2, dropout=0.1):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(n_embd, mult * n_embd),
            nn.GELU(),
            nn.Linear(mult * n_embd, n_embd),
            nn.Dropout(dropout),
        )

    def forward(self, x):
        return self.net(x)


class NoisyTopkRouter(nn.Module):
    def __init__(self, n_embed, num_experts, top_k):
        super().__init__()
        self.top_k = top_k
        self.route_linear = nn.Linear(n_embed, num_experts)
        self.noise_linear = nn.Linear(n_embed, num_experts)

    def forward(self, hidden):
        logits = self.route_linear(hidden)
        if self.training:
            logits = logits + torch.randn_like(logits) * F.softplus(self.noise_linear(hidden))
        top_k_logits, indices = logits.topk(self.top_k, dim=-1)
        zeros = torch.full_like(logits, float('-inf'))
        sparse_logits = zeros.scatter(-1, indices, top_k_logits)
        return F.softmax(sparse_logits, dim=-1), indices


class SparseMoE(nn.Module):
    def __init__(self, n_embed, num_experts, top_k):
        super().__init__()
        self.router = NoisyTopkRouter(n_embed, num_experts, top_k)
        self.experts = nn.ModuleList([Expert(n_embed) for _ in range(num_experts)])
        self.top_k = top_k

    def forward(self, x):
        gating_output, indices = self.router(x)
        flat_x = x.view(-1, x.size(-1))
        flat_gating = gating_output.view(-1, gating_output.size(-1))
        final = torch.zeros_like(flat_x)
        load = []
        for i, expert in enumerate(self.experts):
            rows = (indices == i).any(dim=-1).view(-1).nonzero(as_tuple=False).squeeze(1)
            load.append(rows.numel())
            if rows.numel() == 0:
                continue
            expert_output = expert(flat_x[rows])
            gates = flat_gating[rows, i].unsqueeze(1)
            final.index_add_(0, rows, expert_output * gates)
        return final.view_as(x), load


class Block(nn.Module):
    def __init__(self, n_embed, num_experts, top_k):
        super().__init__()
        self.ln = nn.LayerNorm(n_embed)
        self.smoe = SparseMoE(n_embed, num_experts, top_k)

    def forward(self, x):
        y, load = self.smoe(self.ln(x))
        return x + y, load


class MoEModel(nn.Module):
    def __init__(self, n_embed=16, n_layer=2, num_experts=4, top_k=2, num_classes=5):
        super().__init__()
        self.blocks = nn.ModuleList([Block(n_embed, num_experts, top_k) for _ in range(n_layer)])
        self.ln_f = nn.LayerNorm(n_embed)
        self.head = nn.Linear(n_embed, num_classes)

    def forward(self, x):
        loads = []
        for block in self.blocks:
            x, load = block(x)
            loads.append(load)
        return self.head(self.ln_f(x).mean(dim=1)), loads
