# build: M()
# entry: forward
# input: x=f32[4]
# case: x=[3, -1, 2, 2]
# case: x=[0.5, 0.25, -7, 9]
import torch
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        scores = x.tolist()
        ordered = sorted(scores)
        scores.sort(reverse=True)
        beams = [(float(s), i) for i, s in enumerate(x)]
        beams.sort(reverse=True)
        pairs = sorted(enumerate(x.tolist()), key=lambda pair: -pair[1])
        best = max(beams, key=lambda beam: beam[0])
        states = sorted([[v.item(), v * 2] for v in x], key=lambda state: state[0])[:2]
        worst = min(x.tolist())
        kept = [i for _, i in beams[:2]]
        return ordered, scores, beams, pairs, best, [s[1] for s in states], worst, kept, torch.stack([x[i] for i in kept])
