# build: f
# input: x=f32[3]
# input: y=f32[3]
# case: x=[1, 2, 3], y=[0, 0, 1]
# case: x=[-1, -2, -3], y=[0, 0, 1]
import torch


def f(x, y, scale: float = 2.0) -> torch.Tensor:
    """An entry may be a plain function; an argument without an input keeps its default."""
    if (x * y).sum() > 0:
        return x * scale
    return y
