# build: M()
# entry: forward
# input: x=f32[2,3]
# case: x=[[1, 2, 3], [4, 5, 6]]
# case: x=[[-1, -2, -3], [4, 5, 6]]
# case: x=[[-1, -2, -3], [-4, 5, -6]]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        assert x.dim() == 2 and x.size(-1) == 3, f"bad shape {tuple(x.shape)}"
        assert isinstance(x, object)
        if x[0].sum() < 0:
            x = x + 1
        assert x.sum() > 0, "the sum is not positive"
        return x
