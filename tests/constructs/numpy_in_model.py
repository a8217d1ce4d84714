# build: M()
# entry: forward
# input: x=f32[3]
# case: x=[1, 3, 2]
# case: x=[5, 3, 2]
import numpy as np
import torch
import torch.nn as nn


class M(nn.Module):
    def __init__(self):
        super().__init__()
        table = np.zeros((2, 3))
        table[0, :] = np.arange(3) * 2
        table[1] = np.sqrt(np.array([1.0, 4.0, 9.0]))
        self.register_buffer("table", torch.from_numpy(table).float())
        self.steps = int(np.prod([1, 2, 1]))
        self.rate = np.float32(0.5)

    def forward(self, x):
        best = np.argmax([v.item() for v in x])
        for _ in range(self.steps):
            x = x * float(self.rate) + self.table[1]
        return x + self.table[0], best, np.pi > 3
