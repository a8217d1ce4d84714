# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[1, 2]
# case: x=[-1, -2]
# may-refuse: hook
import torch.nn as nn


class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.ReLU()
        self.seen = []
        self.act.register_forward_hook(self.remember)

    def remember(self, module, inputs, output):
        self.seen.append(inputs[0].sum())
        return output * 2

    def forward(self, x):
        if x.sum() > 0:
            x = self.act(x)
        return self.act(x + 1), self.seen
