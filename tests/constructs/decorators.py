# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[1, 2]
# case: x=[-1, -2]
import functools

import torch
import torch.nn as nn


def doubled(fn):
    @functools.wraps(fn)
    def wrapper(*args, **kwargs):
        return fn(*args, **kwargs) * 2
    return wrapper


def times(k):
    def decorate(fn):
        return lambda self, x: fn(self, x) * k
    return decorate


@functools.lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


class M(nn.Module):
    @doubled
    @times(3)
    def step(self, x):
        return x if x.sum() > 0 else -x

    @torch.inference_mode()
    def forward(self, x):
        add = functools.partial(torch.add, alpha=fib(7))
        return add(self.step(x), x), functools.reduce(lambda a, b: a + b, [x, x, x])
