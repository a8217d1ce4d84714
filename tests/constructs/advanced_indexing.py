# build: M()
# entry: forward
# input: x=f32[2,3,4]
# input: i=i64[2]
# case: x=np.arange(24.).reshape(2, 3, 4), i=[0, 2]
# case: x=np.arange(24.).reshape(2, 3, 4), i=[-1, 1]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x, i):
        a = x[:, i]
        b = x[[0, 1], i]
        c = x[..., i]
        d = x[0, i, ::2]
        e = x[:, i, None, i]
        f = x[i[:, None] * 0, i[None, :]]
        g = x[1][i, i]
        h = x[[1, 0]]
        k = x[0, :, i]
        return a, b, c, d, e, f, g, h, k, x[i[0] * 0, i[1]]
