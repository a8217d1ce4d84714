# build: drain
# input: x=f32[3]
# case: x=[0.1, 0.1, 0.1]
# case: x=[1, 1, 1]
# case: x=[40, 40, 40]
from collections import deque

import torch


def drain(x):
    """A queue that is asked for its truth alone, and that one side of a gate feeds."""
    queue = deque([x.sum()])
    out = torch.zeros(())
    turns = 0
    while queue:
        value = queue.popleft()
        if value > 1:
            queue.append(value / 2)
        else:
            out = out + value
        turns += 1
    return out, turns
