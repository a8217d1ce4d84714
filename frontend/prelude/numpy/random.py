"""`numpy.random`: arrays that are known to be random, and draws of the compiled network."""

import torch
from numpy._array import ndarray


def seed(value=None):
    pass


def _sized(size):
    return [size] if isinstance(size, int) else list(size)


def rand(*shape):
    return ndarray(torch.rand(*shape, dtype="float64"))


def randn(*shape):
    return ndarray(torch.randn(*shape, dtype="float64"))


def normal(loc=0.0, scale=1.0, size=()):
    return ndarray(torch.randn(_sized(size), dtype="float64") * scale + loc)


def uniform(low=0.0, high=1.0, size=()):
    return ndarray(torch.rand(_sized(size), dtype="float64") * (high - low) + low)


def random(size=()):
    return ndarray(torch.rand(_sized(size), dtype="float64"))


random_sample = random


def randint(low, high=None, size=(), dtype=None):
    if high is None:
        low, high = 0, low
    return ndarray(torch.randint(low, high, _sized(size)))


def permutation(n):
    return ndarray(torch.randperm(n))


def choice(*args, **kwargs):
    raise NotImplementedError("np.random.choice is not supported")


shuffle = choice


class RandomState:
    def __init__(self, seed=None):
        pass

    rand = staticmethod(rand)
    randn = staticmethod(randn)
    normal = staticmethod(normal)
    uniform = staticmethod(uniform)
    randint = staticmethod(randint)
    permutation = staticmethod(permutation)


default_rng = RandomState
