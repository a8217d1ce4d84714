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
import torch.nn as nn


class M(nn.Module):
    def forward(self, x, i, k):
        if k == 0:
            y = x.clone()
            y[i] = 7.0
            return y
        if k == 1:
            return x.index_put((i,), x[1])
        if k == 2:
            y = x.clone()
            y[:, i] = 7.0
            return y
        if k == 3:
            return x.index_put((i, i), x[0, 1], accumulate=True)
        return x
