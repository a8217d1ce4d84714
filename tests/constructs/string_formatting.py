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
        for i in range(3):
            setattr(self, "w_{}".format(i), nn.Parameter(torch.tensor([float(i), 1.0])))
        self.extra = {f"k{i:02d}_{'a' if i else 'b'}": i for i in range(3)}
        self.key = "%s-%d-%.2f" % ("m", 3, 0.5)

    def forward(self, x):
        for i in range(3):
            w = getattr(self, f"w_{i}")
            if (x * w).sum() > 0:
                x = x + w
        a = self.extra["k01_a"] + self.extra["k00_b"]
        name = "-".join(["m", str(3), "0.50"])
        same = name == self.key and name.split("-")[1] == "3" and name.startswith("m-")
        return x, a, same, len(f"{x.shape[0]:>5}|{3.14159:.2f}|{'q'!r}"), hasattr(self, "w_3")
