# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[1, 2]
# case: x=[-1, -2]
import torch
import torch.nn as nn


class M(nn.Module):
    def __init__(self):
        super().__init__()
        for k in range(3):
            self.add_module(f"act{k}", getattr(nn, ["ReLU", "Tanh", "Sigmoid"][k])())
        self.names = [name for name, _ in self.named_children()]
        self.__dict__["plain"] = 4

    def __getattr__(self, name):
        if name == "virtual":
            return 11
        return super().__getattr__(name)

    def forward(self, x):
        for name in self.names:
            act = getattr(self, name)
            if isinstance(act, (nn.ReLU, nn.Tanh)) and x.sum() > 0:
                x = act(x) + 1
        ok = hasattr(self, "act1") and not hasattr(self, "act9")
        fn = getattr(torch, "abs" if ok else "neg")
        return fn(x), self.virtual, self.plain, getattr(self, "missing", 5), type(x) is torch.Tensor
