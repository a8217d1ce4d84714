# build: M()
# input: x=f32[2]
# case: x=[1, 2]
# case: x=[-1, 2]
# case: x=[float("nan") if False else 100, 2]
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        s = x.sum()
        assert x[0] > -0.5, f"first is {x[0].item():.2f} of {tuple(x.shape)}"
        if s > 50:
            raise ValueError(f"sum {float(s):g} > {50}")
        print(f"s={s:.1f}", x[1].item(), end=" | ")
        print("n", int(s), sep="=")
        return s
