"""A shift-reduce tree composer (after SPINN, Bowman et al., 2016): the transitions, given at run time, drive a stack."""

import torch
import torch.nn as nn

SHIFT, REDUCE = 0, 1


class Reduce(nn.Module):
    """A binary Tree-LSTM cell over two (h, c) pairs."""

    def __init__(self, size):
        super().__init__()
        self.left = nn.Linear(size, 5 * size)
        self.right = nn.Linear(size, 5 * size, bias=False)

    def forward(self, left, right):
        (h1, c1), (h2, c2) = left, right
        lstm_in = self.left(h1) + self.right(h2)
        a, i, f1, f2, o = lstm_in.chunk(5, 1)
        c = a.tanh() * i.sigmoid() + f1.sigmoid() * c1 + f2.sigmoid() * c2
        return o.sigmoid() * c.tanh(), c


class SPINN(nn.Module):
    def __init__(self, n_embed=30, size=16, num_classes=3):
        super().__init__()
        self.embed = nn.Embedding(n_embed, 2 * size)
        self.reduce = Reduce(size)
        self.out = nn.Linear(size, num_classes)
        self.size = size

    def forward(self, tokens, transitions):
        leaves = self.embed(tokens)
        buffer = [leaf.unsqueeze(0).split(self.size, dim=1) for leaf in reversed(leaves)]
        stack = []
        for t in transitions:
            if t == SHIFT:
                stack.append(buffer.pop())
            else:
                right = stack.pop()
                left = stack.pop()
                stack.append(self.reduce(left, right))
        h, _ = stack[-1]
        return self.out(h)
