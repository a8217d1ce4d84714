# build: M()
# entry: forward
# input: x=f32[3,4]
# case: x=np.arange(12.).reshape(3, 4)
# case: x=-np.arange(12.).reshape(3, 4)
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        y = x.clone()
        z = y
        y += 1
        y[:, 1:3] *= 2
        y[..., -1] -= 5
        y[[0, 2], :2] += 10
        y /= 2
        n = int((x[0] > 1).sum())
        y[1, :n] += 1
        w = y
        y = y - 1
        y **= 2
        a = [1]
        b = a
        a += [2]
        k = 7
        k //= 2
        k <<= 2
        return y, z, w, b, k
