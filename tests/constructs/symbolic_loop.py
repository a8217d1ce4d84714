# build: M()
# entry: forward
# input: x=f32[n,2]
# case: x=np.ones((1, 2))
# case: x=-np.ones((3, 2))
# case: x=np.arange(12.).reshape(6, 2)
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        n = x.size(0)
        h = x.new_zeros(2)
        outs = []
        for t in range(n):
            h = torch.tanh(h * 0.5 + x[t])
            outs.append(h)
        for row in x:
            h = h + row
        y = torch.stack(outs)
        if n > 4:
            y = y[::2]
        elif n == 1:
            y = y.squeeze(0)
        return y, h, len(outs)
