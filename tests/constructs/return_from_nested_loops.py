# build: M()
# entry: forward
# input: x=f32[3,3]
# case: x=[[1, 2, 3], [4, 5, 6], [7, 8, 9]]
# case: x=[[1, 2, 3], [-4, 5, 6], [7, 8, 9]]
# case: x=[[1, 2, 3], [4, 5, 6], [7, 8, -9]]
# case: x=[[-1, 2, 3], [4, 5, 6], [7, 8, -9]]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        total = x.new_zeros(())
        for i in range(3):
            for j in range(3):
                if x[i, j] < 0:
                    return total, i, j
                total = total + x[i, j]
        return total, -1, -1
