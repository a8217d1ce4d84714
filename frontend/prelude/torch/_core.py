"""What the other files of this package build on: the bridge to the evaluator, and arguments taken apart.

`op` applies one row of the operator table to tensors. `elementwise` first promotes its operands (tensors and Python
numbers) as PyTorch does; its rule says to what: "same" the common type, "float" a floating type, "bool" truth values.
It answers NotImplemented for anything else, as Python's operators want it.
"""

import _braid
from _braid import elementwise, known_equal, op, shape_of, smaller, larger, tracing

from torch._dtype import code_of


def is_tensor(x):
    return isinstance(x, _braid.TensorBase)


def is_float(x):
    """Whether a tensor's elements are floats."""
    return _braid.code(x) in ("f16", "bf16", "f32", "f64")


def rank(x):
    return len(shape_of(x))


def axis(dim, n):
    """A dimension of a tensor of rank n, counted from the front."""
    n = n or 1
    if not -n <= dim < n:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})")
    return dim + n if dim < 0 else dim


def axes(dim, n):
    """Dimensions given as None (all of them), a number or a sequence, counted from the front."""
    if dim is None:
        return list(range(n))
    if isinstance(dim, (tuple, list)):
        if not dim:
            return list(range(n))
        return [axis(d, n) for d in dim]
    if n == 0:
        axis(dim, n)
        return []
    return [axis(dim, n)]


def ints(args):
    """Integers given one by one or as one sequence; tensors of one element count as integers."""
    if len(args) == 1 and isinstance(args[0], (tuple, list)):
        args = args[0]
    return [int(a) if is_tensor(a) else a for a in args]


def sequence(name):
    """For a function that takes numbers one by one or as one sequence: they may be given by this name as well."""

    def decorate(function):
        def wrapped(*args, **kwargs):
            if name in kwargs:
                args = args + (kwargs.pop(name),)
            return function(*args, **kwargs)

        wrapped.__name__ = function.__name__
        return wrapped

    return decorate


def product(numbers):
    result = 1
    for n in numbers:
        result = result * n
    return result


def pair(value, n):
    """One number for each of n spatial dimensions."""
    if isinstance(value, (tuple, list)):
        if len(value) == 1 and n > 1:
            return [value[0]] * n
        if len(value) != n:
            raise ValueError(f"expected {n} values, one per spatial dimension, not {len(value)}")
        return [int(v) if is_tensor(v) else v for v in value]
    if is_tensor(value):
        value = int(value)
    return [value] * n


def convert(x, dtype):
    """The tensor with another element type; the same tensor if it has it already."""
    return x if dtype is None else _braid.convert(x, code_of(dtype))


def to_float(x):
    return x if is_float(x) else _braid.convert(x, "f32")


def accumulated(x):
    """Integers and truth values as `int64`, which sums and products of them have."""
    return x if is_float(x) else _braid.convert(x, "i64")


def reshape(x, sizes):
    """A view under another shape of the same size."""
    return _braid.view(x, "reshape", shape=sizes)


def permute(x, order):
    return _braid.view(x, "transpose", permutation=order)


def expand(x, sizes):
    return _braid.view(x, "broadcast_to", shape=sizes)


def narrow(x, dim, start, length):
    """A view of `length` elements of dimension `dim` (counted from the front) from `start`."""
    sizes = list(shape_of(x))
    begin = [0] * len(sizes)
    begin[dim] = start
    sizes[dim] = start + length
    return _braid.view(x, "slice", start=begin, limit=sizes, stride=[1] * len(sizes))


def write(target, value):
    """Changes a tensor's contents, seen by all that share them."""
    _braid.write(target, value)
    return target


def randomise(tensor, why, draw):
    """Fills a tensor with random numbers: drawn when the compiled network runs, unknown while modules are built."""
    if tracing():
        return write(tensor, draw())
    _braid.forget(tensor, why)
    return tensor


def iota(n, code="i64"):
    return op("iota", [], dtype=code, shape=[n], axis=0)


def unsupported(what, instead):
    raise NotImplementedError(f"{what} is not supported: {instead}")
