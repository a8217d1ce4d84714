# build: M()
# input: x=f32[2]
# case: x=[1, 2]
# case: x=[-7, 2]
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        lr, best, wait, flag = 1, float("inf"), 0, None
        for epoch in range(50):
            loss = (x * x).sum()
            if loss < best - 1e-3:
                best, wait = loss.item(), 0
            else:
                wait += 1
                lr *= 0.5
            if wait >= 2:
                flag = epoch
                break
            x = x - lr * 0.3 * x + 0.05
        return x, lr, best, wait, flag if flag is not None else -1, epoch
