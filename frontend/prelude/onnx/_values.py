"""What travels along the edges of an ONNX graph.

A value is a tensor; an `Ints`, which is a small integer or truth tensor whose elements are known or symbolic while the
graph is traced (so chains of Shape, Gather, Concat and Reshape stay symbolic); a `Coded`, which is a tensor of a narrow
type that is stored by its codes; a list (an ONNX sequence); or None (an input that is left out, or an empty optional: an
optional that holds a value is that value).
"""

import torch
import _braid

# What has more elements is a tensor: each element of an `Ints` costs time when the graph is traced.
INTS_MAX = 64


class Ints:
    """A tensor of rank 0 or 1 of Python integers (`i64`, `i32`) or truth values (`bool`), known or symbolic."""

    def __init__(self, values, rank=1, code="i64"):
        self.values = values
        self.rank = rank
        self.code = code


class Coded:
    """A tensor of an ONNX type (its number) that is stored as codes in a `u8` tensor."""

    def __init__(self, codes, type):
        self.codes = codes
        self.type = type


def tensor(value):
    """A value as a torch tensor."""
    if isinstance(value, Ints):
        return _braid.tensor(value.values if value.rank else value.values[0], value.code)
    if isinstance(value, torch.Tensor):
        return value
    if value is None:
        raise TypeError("a tensor is needed, but the input is left out or an empty optional")
    if isinstance(value, list):
        raise TypeError("a tensor is needed, not a sequence")
    if isinstance(value, Coded):
        raise NotImplementedError("this operator is not supported for 8-bit floats and narrower types")
    raise TypeError("a tensor is needed")


def ints(value):
    """The elements of an integer tensor of rank 0 or 1 as Python integers, read when the program runs if need be."""
    if isinstance(value, Ints):
        return value.values
    value = tensor(value)
    if value.dim() == 0:
        return [value.item()]
    if value.dim() != 1:
        raise ValueError(f"integers of rank 1 are needed, not of rank {value.dim()}")
    if not _braid.is_known(value.shape[0]):
        raise NotImplementedError("how many integers there are must be known at compile time")
    return value.tolist()


def int_of(value):
    """The one element of an integer tensor as a Python integer."""
    values = ints(value if isinstance(value, Ints) else tensor(value).reshape(1))
    if len(values) != 1:
        raise ValueError(f"one integer is needed, not {len(values)}")
    return values[0]


def is_known(value):
    """Whether a value is an `Ints`: nothing has to be read when the program runs."""
    return isinstance(value, Ints)


def truth(value):
    """The one element of a truth tensor as a Python truth value."""
    if isinstance(value, Ints):
        if len(value.values) != 1:
            raise ValueError(f"a condition must have one element, not {len(value.values)}")
        return value.values[0]
    return _braid.truth(tensor(value))


def alike(*values):
    """Refuses tensors of different element types."""
    codes = [v.code if isinstance(v, Ints) else _braid.code(v) for v in values if isinstance(v, (Ints, torch.Tensor))]
    for code in codes:
        if code != codes[0]:
            raise TypeError(f"the inputs must have one element type, but they are {codes[0]} and {code}")


def op(function=None, *, ints=False, same=False):
    """Declares an operator. Its inputs are turned into tensors first, unless it takes `Ints` and narrow types, too;
    sequences and None stay what they are. With `same`, all its tensors must have one element type."""

    def decorate(function):
        def wrapped(*args, **kwargs):
            if same:
                alike(*args)
            if not ints:
                args = [tensor(a) if isinstance(a, (Ints, Coded)) else a for a in args]
            return function(*args, **kwargs)

        wrapped.__name__ = function.__name__
        return wrapped

    return decorate if function is None else decorate(function)
