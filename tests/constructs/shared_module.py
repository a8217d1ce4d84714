# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[1, 2]
# case: x=[-4, -2]
# case: x=[30, 30]
import torch
import torch.nn as nn


class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(2, 2)
        self.b = self.a
        self.c = nn.Linear(2, 2)
        self.c.weight = self.a.weight
        with torch.no_grad():
            self.a.weight.copy_(torch.tensor([[0.5, 0.0], [0.25, 0.5]]))
            self.a.bias.copy_(torch.tensor([0.5, -0.5]))
            self.c.bias.zero_()

    def forward(self, x):
        for _ in range(2):
            x = self.b(self.a(x))
        while x.sum() > 2:
            x = self.c(x)
        return x, self.a is self.b, len(list(self.parameters()))
