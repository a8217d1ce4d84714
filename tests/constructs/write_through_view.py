# build: M()
# entry: forward
# input: x=f32[3,4]
# case: x=np.arange(12.).reshape(3, 4)
# case: x=-np.arange(12.).reshape(3, 4)
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        y = x.clone()
        row = y[1]
        row[2] = 100
        column = y[:, 0]
        if x.sum() > 0:
            column += 7
        else:
            column.mul_(3)
        flat = y.view(-1)
        flat[5:8].fill_(-1)
        y.t()[3, 0] = 55
        y[0, 1:3] = y[2, 1:3]
        return y, row, column, flat.sum()
