# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[1, 2]
# case: x=[-1, 0.5]
# case: x=[-9, 0]
import torch.nn as nn


class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.branches = nn.ModuleDict({"hi": nn.ReLU(), "mid": nn.Tanh(), "lo": nn.Identity()})
        self.scale = {"hi": 2, "mid": 1, "lo": -1}

    def forward(self, x):
        key = "mid"
        if x.sum() > 1:
            key = "hi"
        elif x.sum() < -5:
            key = "lo"
        return self.branches[key](x) * self.scale[key], key == "mid", len(key)
