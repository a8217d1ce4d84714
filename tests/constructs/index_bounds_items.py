# build: M()
# entry: forward
# input: x=f32[3,4]
# input: i=i64[1]
# input: k=i64[]
# case: x=np.arange(12.0).reshape(3, 4), i=[2], k=0
# case: x=np.arange(12.0).reshape(3, 4), i=[3], k=0
# case: x=np.arange(12.0).reshape(3, 4), i=[-1], k=0
# case: x=np.arange(12.0).reshape(3, 4), i=[-4], k=0
# case: x=np.arange(12.0).reshape(3, 4), i=[2], k=1
# case: x=np.arange(12.0).reshape(3, 4), i=[3], k=1
# case: x=np.arange(12.0).reshape(3, 4), i=[-1], k=1
# case: x=np.arange(12.0).reshape(3, 4), i=[-4], k=1
# case: x=np.arange(12.0).reshape(3, 4), i=[2], k=2
# case: x=np.arange(12.0).reshape(3, 4), i=[3], k=2
# case: x=np.arange(12.0).reshape(3, 4), i=[-1], k=2
# case: x=np.arange(12.0).reshape(3, 4), i=[-4], k=2
# case: x=np.arange(12.0).reshape(3, 4), i=[2], k=3
# case: x=np.arange(12.0).reshape(3, 4), i=[3], k=3
# case: x=np.arange(12.0).reshape(3, 4), i=[-1], k=3
# case: x=np.arange(12.0).reshape(3, 4), i=[-4], k=3
# case: x=np.arange(12.0).reshape(3, 4), i=[2], k=4
# case: x=np.arange(12.0).reshape(3, 4), i=[3], k=4
# case: x=np.arange(12.0).reshape(3, 4), i=[-1], k=4
# case: x=np.arange(12.0).reshape(3, 4), i=[-4], k=4
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x, i, k):
        if k == 0:
            return x[i]
        if k == 1:
            return x[:, i]
        if k == 2:
            return x[i, i]
        if k == 3:
            return x.take(i * 4)
        if k == 4:
            return torch.take_along_dim(x, i.reshape(1, 1), 1)
        return x
