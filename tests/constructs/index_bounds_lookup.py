# build: M()
# entry: forward
# input: x=f32[3,4]
# input: i=i64[1]
# input: k=i64[]
# case: x=np.arange(12.0).reshape(3, 4), i=[2], k=0
# case: x=np.arange(12.0).reshape(3, 4), i=[3], k=0
# case: x=np.arange(12.0).reshape(3, 4), i=[-1], k=0
# case: x=np.arange(12.0).reshape(3, 4), i=[5], k=0
# case: x=np.arange(12.0).reshape(3, 4), i=[2], k=1
# case: x=np.arange(12.0).reshape(3, 4), i=[3], k=1
# case: x=np.arange(12.0).reshape(3, 4), i=[-1], k=1
# case: x=np.arange(12.0).reshape(3, 4), i=[5], k=1
# case: x=np.arange(12.0).reshape(3, 4), i=[2], k=2
# case: x=np.arange(12.0).reshape(3, 4), i=[3], k=2
# case: x=np.arange(12.0).reshape(3, 4), i=[-1], k=2
# case: x=np.arange(12.0).reshape(3, 4), i=[5], k=2
# case: x=np.arange(12.0).reshape(3, 4), i=[2], k=3
# case: x=np.arange(12.0).reshape(3, 4), i=[3], k=3
# case: x=np.arange(12.0).reshape(3, 4), i=[-1], k=3
# case: x=np.arange(12.0).reshape(3, 4), i=[5], k=3
# case: x=np.arange(12.0).reshape(3, 4), i=[2], k=4
# case: x=np.arange(12.0).reshape(3, 4), i=[3], k=4
# case: x=np.arange(12.0).reshape(3, 4), i=[-1], k=4
# case: x=np.arange(12.0).reshape(3, 4), i=[5], k=4
import torch.nn as nn
import torch.nn.functional as F


class M(nn.Module):
    def forward(self, x, i, k):
        if k == 0:
            return x.index_select(0, i)
        if k == 1:
            return x.gather(0, i.reshape(1, 1))
        if k == 2:
            return F.embedding(i, x)
        if k == 3:
            return F.one_hot(i, 3)
        if k == 4:
            return F.nll_loss(x[:1], i)
        return x
