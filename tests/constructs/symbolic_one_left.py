# build: f
# input: x=f32[1,n,2,4]
# case: x=np.arange(24).reshape(1,3,2,4)
# case: x=np.arange(8).reshape(1,1,2,4)
import torch


def f(x):
    """A branch that leaves one size possible: what it makes meets the other branch, and is no condition on the inputs."""
    n = x.shape[1]
    if n > 1:
        positions = torch.arange(0, n)
    else:
        positions = torch.arange(5, 5 + n)
    table = torch.arange(64).reshape(16, 4) / 4
    turned = x * table[positions].view(1, n, 1, 4)
    if x.shape[1] > 1:
        return turned.flatten(2)
    return (turned + torch.ones(1, n, 1, 4)).flatten(2).repeat(1, 2, 1)
