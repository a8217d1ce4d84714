# build: M()
# entry: forward
# input: x=f32[4,3]
# input: i=i64[3]
# case: x=np.arange(12.).reshape(4, 3), i=[0, 2, 3]
# case: x=np.arange(12.).reshape(4, 3), i=[3, 1, 1]
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x, i):
        y = x.clone()
        y.index_put_((i,), torch.ones(3) * 5)
        z = x.clone()
        z.index_put_((i, torch.tensor([0, 1, 2])), torch.tensor([1.0, 2.0, 3.0]), accumulate=True)
        w = x.clone()
        w[i, torch.tensor([2, 1, 0])] = -1.0
        v = x.index_add(0, i, torch.ones(3, 3))
        return y, z, w, v, x.index_fill(0, i, 9.0)
