# build: M()
# entry: forward
# input: x=f32[4]
# case: x=[1, 2, 3, 4]
# case: x=[-1, -2, -3, -4]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        y = x.clone()
        view = y[1:3]
        if x.sum() > 0:
            view.fill_(9)
            y = y * 2
        else:
            y[0] = 7
            view = view.clone()
        view += 1
        for i in range(4):
            if y[i] > 8:
                y[i] = -y[i]
        return y, view, x
