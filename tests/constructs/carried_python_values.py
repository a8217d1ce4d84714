# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[1, 2]
# case: x=[-1, -2]
# case: x=[9, 9]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        count, rate, done, mode = 0, 1.0, False, "warm"
        while not done:
            x = x * 0.5
            count += 1
            rate = rate * 0.9 if mode == "warm" else rate / 2
            if count == 3:
                mode = "cold"
            if x.abs().sum() < 0.5 or count > 6:
                done = True
        if mode == "cold":
            x = x + 100
        return x, count, rate, done
