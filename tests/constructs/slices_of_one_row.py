# build: M()
# entry: forward
# input: x=f32[n,3]
# case: x=[[1, 2, 3], [4, 5, 6], [7, 8, 9]]
# case: x=[[1, 2, 3]]
import torch
import torch.nn as nn


class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.arange(12.0).view(4, 3) / 10)

    def forward(self, x):
        h = x.new_zeros(1, 4)
        outs = []
        for t in range(x.size(0)):
            row = x[t:t + 1]
            h = torch.tanh(row @ self.w.t() + h)
            gate = torch.sigmoid(h[:, :1]).squeeze(1)
            if gate > 0.6:
                h = gate * h
            outs.append(h)
        return torch.cat(outs), h
