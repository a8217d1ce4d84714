# build: f
# input: x=f32[3]
# case: x=[0, 0, 0]
# case: x=[1, 1, 1]
# case: x=[2.5, 2.5, 2.5]
import torch


def f(x):
    """Loops and comprehensions over lists whose length the data decides."""
    steps, sizes = [], []
    while x.sum() < 10:
        steps.append(x)
        sizes.append(len(steps))
        x = x + 1
    doubled = [s * 2 for s in steps]
    weighted = [s * i for i, s in enumerate(steps, 1)]
    moved = [b - a for a, b in zip(steps[:-1], steps[1:])]
    pairs = [n * s.sum() for n, s in zip(sizes, steps)]
    back = [s + 1 for s in reversed(steps)]
    joined = steps + [x]
    joined += doubled
    spread = [x, *steps]
    same = sizes == [1, 2, 3]
    other = sizes != [1, 2, 3]
    return doubled, weighted, moved, pairs, back, joined, spread, same, other
