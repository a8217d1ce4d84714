# build: f
# input: x=f32[3]
# case: x=[0, 0, 0]
# case: x=[1, 1, 1]
# case: x=[-6, 1, 0]
import torch


def f(x):
    """Methods of lists whose length the data decides."""
    path, seen = [], []
    step = 0
    while x.sum() < 10:
        seen.append(x)
        path.append(step % 3)
        x = x + 1
        step += 1
    ones = path.count(1)
    first = path.index(1)
    path.remove(1)
    path.extend(path[:1])
    path.reverse()
    del path[0]
    more = [x]
    more.extend(seen)
    total = sum(path)
    largest, small = max(path), min(path)
    last = max(seen, key=lambda s: s.sum())
    seen.clear()
    seen.append(x)
    return path, ones, first, more, total, largest, small, last, seen, 2 in path
