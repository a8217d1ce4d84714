# build: M()
# entry: forward
# input: x=f32[3,4]
# case: x=[[1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4]]
# case: x=[[1, -2, 3, 4], [1, 9, 3, 4], [-1, 2, -3, 4]]
# case: x=[[9, 2, 3, 4], [9, 2, 3, 4], [-1, -2, -3, -4]]
# case: x=[[20, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4]]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        out = x.new_zeros(3)
        for i in range(3):
            for j in range(4):
                if x[i, j] < 0:
                    continue
                if x[i, j] > 8:
                    break
                out[i] += x[i, j]
            else:
                out[i] *= 2
            if out.sum() == 0 and x[0, 0] > 10:
                break
        return out, i
