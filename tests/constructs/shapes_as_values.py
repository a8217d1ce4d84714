# build: M()
# entry: forward
# input: x=f32[2,3,4]
# case: x=np.arange(24.).reshape(2, 3, 4)
# case: x=-np.arange(24.).reshape(2, 3, 4)
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        *lead, last = x.shape
        y = x.view(*x.shape[:-1], 2, last // 2)
        z = x.reshape(x.size()[:-1] + (4, 1))
        assert lead == [2, 3] and x.shape == (2, 3, 4) and tuple(x.shape) == (2, 3, 4)
        n = x.shape.numel() if x.sum() > 0 else x.shape[0] * x.stride(0)
        b, *_ = x.size()
        return y, z, n, x.new_zeros(x.shape[1:]), torch.Size([1, 2])[1], b, list(x.shape), -x.dim() in range(-3, 0)
