"""What the text of an imported graph calls besides operators."""

import torch
import _braid
from onnx._types import dtype_of
from onnx._values import Coded, Ints, int_of, tensor, truth


def first(result):
    """The first result of an operator."""
    return result[0] if isinstance(result, tuple) else result


def results(result, n):
    """The first `n` results of an operator."""
    if not isinstance(result, tuple):
        result = (result,)
    if len(result) < n:
        raise ValueError(f"the operator has {len(result)} results, not {n}")
    return result[:n]


def output(value):
    """An output of the program: a tensor, a list, or None."""
    if isinstance(value, Coded):
        return value.codes
    return value if value is None or isinstance(value, list) else tensor(value)


def index(i):
    """A Python integer as a value of rank 0."""
    return Ints([i], 0)


def flag(condition):
    """A Python truth value as a value of rank 0."""
    return Ints([condition], 0, "bool")


def snapshot(value):
    """The value as an object of its own, where paths or iterations meet: those match objects that all of them have made,
    or changed."""
    if isinstance(value, list):
        return value.copy()
    if isinstance(value, Ints):
        return Ints(list(value.values), value.rank, value.code)
    if isinstance(value, Coded):
        return Coded(value.codes, value.type)
    return value


def carry(old, new):
    """What the name that holds `old` holds in the next iteration: `new`, in the old object if that can hold it."""
    if isinstance(old, list) and isinstance(new, list):
        _braid.refill(old, new)
        return old
    if isinstance(old, Ints) and isinstance(new, Ints):
        if old.rank == new.rank and old.code == new.code and len(old.values) == len(new.values):
            _braid.refill(old.values, new.values)
            return old
    if isinstance(old, Coded) and isinstance(new, Coded) and old.type == new.type:
        old.codes = new.codes
        return old
    return new


def stacked(items, axis, backwards, element):
    """What the iterations of a loop gave, along a new axis. `element` says what type and dimensions one has, should there
    be none: `(type, [dimension or None, ...])`."""
    if len(items) == 0:
        return _nothing(axis, element)
    result = torch.stack(items, axis)
    return torch.flip(result, [axis]) if backwards else result


def _nothing(axis, element):
    if element is None:
        raise RuntimeError("the loop did not run, and the model does not say what shape its results would have")
    type, dims = element
    # A dimension that is not known is 0, which no other makes larger.
    dims = [0 if d is None else d for d in dims]
    at = axis + len(dims) + 1 if axis < 0 else axis
    return torch.zeros(dims[:at] + [0] + dims[at:], dtype=dtype_of(type))


def scan_length(sources):
    """How often a scan runs: the size of each source (tensor, axis, direction) along its axis."""
    sizes = [tensor(x).shape[axis] for x, axis, _ in sources]
    for size in sizes[1:]:
        if size != sizes[0]:
            raise ValueError(f"the scanned inputs differ in length: {sizes[0]} and {size}")
    return sizes[0]


def scan_slice(source, i, length):
    x, axis, backwards = source
    return tensor(x).select(axis, length - 1 - i if backwards else i)


def batch_size(inputs):
    return tensor(inputs[0]).shape[0]


def item(value, i):
    """Element `i` of a sequence; a tensor is the same for all."""
    return value[i] if isinstance(value, list) else value
