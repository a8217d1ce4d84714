# build: M()
# entry: forward
# input: x=f32[3,4]
# input: m=bool[3]
# input: k=i64[]
# case: x=np.arange(12.0).reshape(3, 4), m=[False, False, False], k=0
# case: x=np.arange(12.0).reshape(3, 4), m=[True, False, True], k=0
# case: x=np.arange(12.0).reshape(3, 4), m=[False, False, False], k=1
# case: x=np.arange(12.0).reshape(3, 4), m=[True, False, True], k=1
# case: x=np.arange(12.0).reshape(3, 4), m=[False, False, False], k=2
# case: x=np.arange(12.0).reshape(3, 4), m=[True, False, True], k=2
# case: x=np.arange(12.0).reshape(3, 4), m=[False, False, False], k=3
# case: x=np.arange(12.0).reshape(3, 4), m=[True, False, True], k=3
# case: x=np.arange(12.0).reshape(3, 4), m=[False, False, False], k=4
# case: x=np.arange(12.0).reshape(3, 4), m=[True, False, True], k=4
# case: x=np.arange(12.0).reshape(3, 4), m=[False, False, False], k=5
# case: x=np.arange(12.0).reshape(3, 4), m=[True, False, True], k=5
# case: x=np.arange(12.0).reshape(3, 4), m=[False, False, False], k=6
# case: x=np.arange(12.0).reshape(3, 4), m=[True, False, True], k=6
# case: x=np.arange(12.0).reshape(3, 4), m=[False, False, False], k=7
# case: x=np.arange(12.0).reshape(3, 4), m=[True, False, True], k=7
# case: x=np.arange(12.0).reshape(3, 4), m=[False, False, False], k=8
# case: x=np.arange(12.0).reshape(3, 4), m=[True, False, True], k=8
import torch
import torch.nn as nn
import torch.nn.functional as F


class M(nn.Module):
    def forward(self, x, m, k):
        r = x[m]
        if k == 0:
            return r.sum(0), r.mean(0), r.sum(), r.prod(1)
        if k == 1:
            return r @ x.t(), x.t()[:, :0] @ r[:0]
        if k == 2:
            return F.softmax(r, 0), F.softmax(r, 1)
        if k == 3:
            return torch.cat([r, x]), torch.stack([r, r])
        if k == 4:
            return r.sort(0)[0], r.argsort(1), r.cumsum(0)
        if k == 5:
            return r.max(1)[0], r.argmax(1)
        if k == 6:
            return r.max()
        if k == 7:
            return r.argmax(0)
        if k == 8:
            return r.amax(0)
        return r
