# build: M()
# entry: forward
# input: x=f32[4]
# case: x=[1, 2, 3, 4]
# case: x=[-1, -2, -3, -4]
import itertools
from collections import Counter, defaultdict, deque

import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        groups = defaultdict(list)
        for i, v in enumerate(x):
            groups[i % 2].append(v)
        window = deque(maxlen=2)
        for i in itertools.count():
            window.append(x[i])
            if x[i] > 2 or i >= 3:
                break
        c = Counter("abca")
        grid = [a * b for a, b in itertools.product(range(2), [3, 4])]
        chain = list(itertools.chain([1], [2, 3]))
        runs = list(itertools.accumulate([1, 2, 3]))
        return groups[0], groups[1], list(window), i, c["a"], grid, chain, runs, list(itertools.islice(x, 2))
