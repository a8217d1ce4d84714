# build: M()
# input: x=f32[3,3]
# case: x=[[1,2,3],[4,5,6],[7,8,9]]
# case: x=[[-1,2,3],[4,-5,6],[7,8,-9]]
# case: x=[[0,0,0],[0,0,0],[0,0,0]]
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        log = []
        total = x.new_zeros(())
        for i in range(3):
            try:
                for j in range(3):
                    if x[i, j] < 0:
                        break
                    if x[i, j] > 7:
                        return total, log, i * 10 + j
                    total = total + x[i, j]
                else:
                    log.append(i)
            finally:
                log.append(-i)
        return total, log, -1
