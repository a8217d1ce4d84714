"""Sequences, which are Python lists that no operator changes, and optionals, which are the value or None."""

import torch
from onnx._values import Coded, Ints, int_of, ints, op, tensor


@op(ints=True)
def SequenceConstruct(*inputs):
    return [tensor(x) for x in inputs]


@op(ints=True)
def SequenceEmpty(*, dtype=1):
    return []


@op(ints=True)
def SequenceInsert(sequence, x, position=None):
    result = sequence.copy()
    if position is None:
        result.append(tensor(x))
        return result
    at = int_of(position)
    _check(at, len(sequence) + 1)
    # Counted from the end, -1 is before the last element, as in Python's `insert`.
    result.insert(at, tensor(x))
    return result


@op(ints=True)
def SequenceErase(sequence, position=None):
    result = sequence.copy()
    result.pop(-1 if position is None else int_of(position))
    return result


@op(ints=True)
def SequenceAt(sequence, position):
    return sequence[int_of(position)]


@op(ints=True)
def SequenceLength(sequence):
    return Ints([len(sequence)], 0)


@op(ints=True)
def ConcatFromSequence(sequence, *, axis, new_axis=0):
    if new_axis:
        return torch.stack(sequence, axis)
    return torch.cat(sequence, axis)


@op(ints=True)
def SplitToSequence(x, split=None, *, axis=0, keepdims=1):
    x = tensor(x)
    axis = axis + x.dim() if axis < 0 else axis
    size = x.shape[axis]
    if split is None:
        # `keepdims` is asked for only where the parts are of size 1.
        if keepdims:
            return [x.narrow(axis, i, 1) for i in range(size)]
        return [x.select(axis, i) for i in range(size)]
    rank = split.rank if isinstance(split, Ints) else tensor(split).dim()
    if rank == 0:
        each = int_of(split)
        if each <= 0:
            raise ValueError(f"the size of the parts must be positive, not {each}")
        parts = []
        for start in range(0, size, each):
            end = start + each
            if end > size:
                end = size
            parts.append(x.narrow(axis, start, end - start))
        return parts
    parts, start = [], 0
    for length in ints(split):
        parts.append(x.narrow(axis, start, length))
        start = start + length
    if start != size:
        raise ValueError(f"the parts' sizes add up to {start}, not to {size}")
    return parts


@op(ints=True)
def Optional(value=None):
    return value


@op(ints=True)
def OptionalHasElement(value=None):
    return Ints([value is not None], 0, "bool")


@op(ints=True)
def OptionalGetElement(value):
    if value is None:
        raise ValueError("the optional is empty")
    return value


def _check(at, size):
    if at < -size or at >= size:
        raise IndexError(f"position {at} is out of range for a sequence of {size - 1} elements")
