# build: M()
# entry: forward
# input: x=f32[5]
# case: x=[1, 1, 1, 1, 1]
# case: x=[0, 1, 1, 1, 1]
# case: x=[1, 0, 1, 1, 1]
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        queue = [(0, 0)]
        total = x.new_zeros(())
        visited = 0
        while queue:
            i, depth = queue.pop(0)
            if x[i] <= 0:
                continue
            visited += 1
            total = total + x[i] * (depth + 1)
            for child in (2 * i + 1, 2 * i + 2):
                if child < 5:
                    queue.append((child, depth + 1))
        return total, visited
