# build: M()
# entry: forward
# input: x=f32[n,3]
# input: y=f32[m,3]
# input: z=f32[n]
# case: x=np.ones((2, 3)), y=np.ones((4, 3)), z=[1, 2]
# case: x=np.ones((1, 3)), y=-np.ones((2, 3)), z=[5]
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x, y, z):
        c = torch.cat([x, y], dim=0)
        w = x * z.unsqueeze(1)
        att = x @ y.t()
        best = att.argmax(1) if att.sum() < 0 else att.sum(1)
        return c, c.shape[0], w.view(-1), best, torch.zeros(x.shape[0], y.shape[0])
