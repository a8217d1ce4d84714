# build: M()
# entry: forward
# input: x=f32[4,2]
# case: x=[[1, 1], [1, 1], [1, 1], [1, 1]]
# case: x=[[1, 1], [-1, 1], [-2, 1], [-3, 1]]
# case: x=[[-1, -1], [-1, -1], [-1, -1], [-1, -1]]
import torch.nn as nn


class Tracker(nn.Module):
    calls = 0

    def __init__(self):
        super().__init__()
        self.history = []

    def forward(self, row):
        Tracker.calls += 1
        if row.sum() > 0:
            self.history.append(row)
        return len(self.history)


class M(nn.Module):
    def __init__(self):
        super().__init__()
        Tracker.calls = 0
        self.tracker = Tracker()

    def forward(self, x):
        for row in x:
            n = self.tracker(row)
            if n == 2:
                break
        return n, Tracker.calls, self.tracker.history
