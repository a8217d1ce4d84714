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
            return F.conv1d(r.unsqueeze(1), torch.ones(2, 1, 3))
        if k == 1:
            return F.max_pool1d(r.unsqueeze(1), 2), F.layer_norm(r, (4,))
        if k == 2:
            return r.flatten(), r.reshape(-1, 2), r.transpose(0, 1)
        if k == 3:
            return r.nonzero(), r[r > 5], r.unique()
        if k == 4:
            return F.embedding(r.long().clamp(max=2), x)
        if k == 5:
            return r.topk(2, 1)[0], r.topk(1, 0)[0]
        if k == 6:
            return torch.bmm(r.unsqueeze(1), r.unsqueeze(2)), torch.einsum('ij,kj->ik', r, x)
        if k == 7:
            return r.std(0), r.var(1), r.norm()
        if k == 8:
            return r.any(), r.all(0), (r > 1).sum()
        return r
