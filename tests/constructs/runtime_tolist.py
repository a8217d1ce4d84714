# build: f
# input: x=i64[n]
# case: x=[0, 1, 1, 3]
# case: x=[5, 2, 2, 2, 0]
# case: x=[3]
import torch


def f(x):
    """Lists of tensors whose length the data decides: counts per group, and what a mask leaves."""
    counts = torch.bincount(x, minlength=4).tolist()
    loads = torch.zeros(4)
    for group in range(4):
        if counts[group] == 0:
            continue
        loads[group] = counts[group] / 2
    kept = x[x > 1].tolist()
    return loads, counts, kept, sum(counts), len(kept)
