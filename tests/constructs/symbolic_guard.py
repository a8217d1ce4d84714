# build: M()
# entry: forward
# input: x=f32[n,4]
# case: x=np.ones((2, 4))
# case: x=np.arange(24.).reshape(6, 4)
# case: x=np.ones((3, 4))
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        assert x.shape[0] % 2 == 0, "rows must be even"
        y = x.view(x.shape[0] // 2, 8)
        return y.sum(1)
