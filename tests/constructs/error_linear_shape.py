# build: M()
# input: x=f32[2,3]
# error: 3
# error-line: 15
import torch
import torch.nn as nn


class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 2)
        self.fc.weight.data = torch.ones(2, 4)
        self.fc.bias.data = torch.ones(2)
    def forward(self, x): return self.fc(x)
