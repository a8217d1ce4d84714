# build: f
# input: x=f32[3]
# input: k=i64[]
# case: x=[0, 0, 0], k=2
# case: x=[1, 1, 1], k=1
# case: x=[2.5, 2.5, 2.5], k=3
# case: x=[-4, 1, 0], k=-2
import torch


def f(x, k):
    """Slices of a list whose length, and whose bounds, the data decides."""
    steps = []
    while x.sum() < 10:
        steps.append(x)
        x = x + 1
    k = int(k)
    ordered = steps[:k][::-1]
    return steps[1:], ordered, steps[-2:], tuple(steps), torch.stack(steps[::2])
