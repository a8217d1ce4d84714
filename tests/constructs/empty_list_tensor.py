# build: M()
# entry: forward
# input: x=f32[4,3]
# case: x=[[1, 0, 0], [0, 2, 0], [0, 0, 3], [1, 1, 1]]
# case: x=[[9, 0, 0], [0, 2, 0], [0, 0, 9], [1, 1, 1]]
# case: x=[[9, 0, 0], [0, 9, 0], [9, 9, 9], [9, 9, 9]]
# case: x=[[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]]
import torch
import torch.nn as nn


class M(nn.Module):
    """Rows that are sure leave, and the places of the others are told by a list, which may be empty in the end."""

    def forward(self, x):
        result = torch.zeros(4)
        places = torch.arange(4)
        rows = x
        for layer in range(3):
            rows = rows * 2
            score = rows.sum(dim=1)
            result[places] = score
            unsure = (score < 12).nonzero().view(-1)
            places = torch.tensor([places[i] for i in unsure])
            rows = rows[unsure]
            if len(places) == 0:
                break
        return result
