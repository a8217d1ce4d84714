# build: M()
# entry: forward
# input: x=f64[6]
# case: x=[2.675, 0.125, -0.375, 1.005, 1e300, -2.5]
# case: x=[0.285, 1.115, 2.5, 1234567.891, -0.0049, 1.45]
# case: x=[10.235, 0.145, 3.0, 4.35, 7.0, 8.345]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        values = x.tolist()
        rounded = [round(v, 2) for v in values]
        first = round(x[0].item(), 1)
        whole = [v.is_integer() for v in values]
        if any(v.is_integer() for v in values) and all(round(v, 3) > -3 for v in values):
            first += 100
        return rounded, first, whole, round(values[1], 0)
