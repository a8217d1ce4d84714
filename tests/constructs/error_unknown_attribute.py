# build: M()
# input: x=f32[2]
# error: fc
# error-line: 14
import torch.nn as nn


class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.ReLU()

    def forward(self, x):
        return self.fc(x)
