# build: M()
# input: x=f32[n,2]
# case: x=np.ones((3,2))
# case: x=np.zeros((5,2))
# case: x=-np.ones((2,2))
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        for i in range(1, x.size(0), 2):
            if x[i].sum() < 0:
                break
            x = x.clone()
            x[i] = x[i - 1] + 1
        else:
            i = -1
        out = []
        for j in reversed(range(x.shape[0])):
            out.append(x[j].sum() * j)
            if len(out) >= 3:
                break
        return x, i, torch.stack(out)
