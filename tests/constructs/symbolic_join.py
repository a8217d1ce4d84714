# build: M()
# entry: forward
# input: x=f32[n,3]
# case: x=np.arange(3.).reshape(1, 3)
# case: x=np.arange(6.).reshape(2, 3)
# case: x=np.arange(12.).reshape(4, 3)
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        # Where the paths meet, one knows that the size is 1 and the other leaves it open.
        if x.size(0) == 1:
            y = torch.full((1, 3), 2.0)
            z = x[0].unsqueeze(0) * 2
        else:
            y = torch.ones(x.size(0), 3)
            z = x * 3
        return torch.cat([y, y + x], 1), z - y, z.sum(0)
