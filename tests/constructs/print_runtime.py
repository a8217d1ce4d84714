# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[1, 2]
# case: x=[-1, -2]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        print("start", 3, x.shape, sep=" | ")
        print("sum is", x.sum().item())
        if x.sum() > 0:
            print(f"positive: {float(x[0]):.3f} {x}", end="\n\n")
        n = 0
        while x.sum() > 0.5:
            x = x / 2
            n += 1
            print("step {}: {}".format(n, x.max()))
        print()
        return x
