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
import torch.nn as nn


class M(nn.Module):
    def forward(self, x, i, k):
        if k == 0:
            return x.scatter(0, i.reshape(1, 1), 5.0)
        if k == 1:
            return x.scatter_add(0, i.reshape(1, 1), x[:1, :1])
        if k == 2:
            return x.index_add(0, i, x[:1])
        if k == 3:
            return x.index_copy(0, i, x[1:2])
        if k == 4:
            return x.index_fill(0, i, 7.0)
        return x
