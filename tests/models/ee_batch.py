"""Early exit row by row in a batch: the rows that are confident leave, the others go on in a smaller batch."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Layer(nn.Module):
    def __init__(self, dim, num_classes):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.ff = nn.Sequential(nn.Linear(dim, 2 * dim), nn.SiLU(), nn.Linear(2 * dim, dim))
        self.exit = nn.Linear(dim, num_classes)

    def forward(self, x):
        x = x + self.ff(self.norm(x))
        return x, self.exit(x)


class BatchedEarlyExit(nn.Module):
    def __init__(self, dim=16, depth=4, num_classes=4, threshold=0.7):
        super().__init__()
        self.layers = nn.ModuleList(Layer(dim, num_classes) for _ in range(depth))
        self.num_classes, self.threshold = num_classes, threshold

    def forward(self, x):
        logits = x.new_zeros(x.size(0), self.num_classes)
        exit_layer = torch.full((x.size(0),), -1, dtype=torch.long)
        active = torch.arange(x.size(0))
        for depth, layer in enumerate(self.layers):
            x, out = layer(x)
            if depth == len(self.layers) - 1:
                done = torch.ones(x.size(0), dtype=torch.bool)
            else:
                done = F.softmax(out, -1).max(-1).values > self.threshold
            if done.any():
                logits[active[done]] = out[done]
                exit_layer[active[done]] = depth
                active = active[~done]
                x = x[~done]
            if active.numel() == 0:
                break
        return logits, exit_layer, depth
