# build: M()
# entry: forward
# input: x=f32[4]
# case: x=[1, 2, 3, 4]
# case: x=[-1, -2, -3, -4]
# case: x=[0.1, 0.1, 0, 0]
import torch.nn as nn


def is_positive(x):
    return x.sum() > 0


class M(nn.Module):
    def _gate(self, x, threshold=1.0):
        if x.mean() > threshold:
            return True
        return False

    def forward(self, x):
        if self._gate(x):
            return self.heavy(x)
        if is_positive(x):
            return self.heavy(x, times=1)
        return x

    def heavy(self, x, times=3):
        for _ in range(times):
            x = x * x
        return x
