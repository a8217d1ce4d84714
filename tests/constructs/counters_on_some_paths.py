# build: M()
# entry: forward
# input: x=f32[n]
# case: x=[1, -2, 3, -4, 5]
# case: x=[-1, -2, -3]
# case: x=[1, 2]
# case: x=[0, 0, -1, 7]
import torch.nn as nn


class Tally:
    def __init__(self):
        self.seen = 0
        self.small = [0, 0]
        self.by_kind = {"negative": 0, "large": 0}


class M(nn.Module):
    def forward(self, x):
        tally = Tally()
        kept = []
        for v in x:
            if v < 0:
                tally.by_kind["negative"] += 1
                continue
            tally.seen += 1
            if v > 4:
                tally.by_kind["large"] += 1
                kept.append(v)
                continue
            tally.small[0] += 1
            tally.small[1] += 2
        return tally.seen, tally.small, tally.by_kind, len(kept), x.sum() * tally.seen
