"""`einops`: rearranging, reducing and repeating by patterns of named axes."""

import torch
from einops._patterns import EinopsError, transformed

__version__ = "0.8.0"


def rearrange(tensor, pattern, **axes_lengths):
    return transformed("rearrange", tensor, pattern, None, axes_lengths)


def reduce(tensor, pattern, reduction, **axes_lengths):
    return transformed("reduce", tensor, pattern, reduction, axes_lengths)


def repeat(tensor, pattern, **axes_lengths):
    return transformed("repeat", tensor, pattern, None, axes_lengths)


def asnumpy(tensor):
    return tensor.numpy()


def parse_shape(x, pattern):
    """The sizes of the named axes; `_` is not asked for."""
    names = pattern.split()
    sizes = list(x.shape)
    if "..." in names:
        at = names.index("...")
        hidden = len(sizes) - len(names) + 1
        names = names[:at] + ["_"] * hidden + names[at + 1 :]
    if len(names) != len(sizes):
        raise RuntimeError(f"Can't parse shape with different number of dimensions: {pattern} {tuple(sizes)}")
    return {name: n for name, n in zip(names, sizes) if name != "_"}


def einsum(*tensors_and_pattern):
    """`torch.einsum` with axes of more than one letter; the pattern comes last."""
    tensors, pattern = tensors_and_pattern[:-1], tensors_and_pattern[-1]
    if not isinstance(pattern, str):
        raise TypeError("The last argument passed to `einops.einsum` must be a string, representing the einsum pattern.")
    if "->" not in pattern:
        raise ValueError("Einsum pattern must contain '->'.")
    left, right = pattern.split("->")
    letters = {}
    spelled = [_letters(term, letters) for term in left.split(",") + [right]]
    return torch.einsum(",".join(spelled[:-1]) + "->" + spelled[-1], *tensors)


def _letters(term, letters):
    result = ""
    for name in term.split():
        if name == "...":
            result = result + name
        elif "(" in name or ")" in name or name.isdigit():
            raise NotImplementedError("Shape rearrangement and singletons are not supported by einops.einsum")
        else:
            if name not in letters:
                letters[name] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[len(letters)]
            result = result + letters[name]
    return result


def _around_star(pattern):
    names = pattern.split()
    if names.count("*") != 1:
        raise EinopsError(f"Invalid pattern for packing: exactly one * is needed in {pattern!r}")
    at = names.index("*")
    return at, len(names) - at - 1


def pack(tensors, pattern):
    before, after = _around_star(pattern)
    parts, shapes = [], []
    for x in tensors:
        sizes = list(x.shape)
        stop = len(sizes) - after
        if stop < before:
            raise EinopsError(f"packed tensor has shape {tuple(sizes)}, too few axes for pattern {pattern!r}")
        shapes.append(torch.Size(sizes[before:stop]))
        inner = 1
        for n in sizes[before:stop]:
            inner = inner * n
        parts.append(x.reshape(sizes[:before] + [inner] + sizes[stop:]))
    return torch.cat(parts, before), shapes


def unpack(tensor, packed_shapes, pattern):
    before, after = _around_star(pattern)
    sizes = list(tensor.shape)
    lengths = []
    for shape in packed_shapes:
        length = 1
        for n in shape:
            length = length * n
        lengths.append(length)
    if len([n for n in lengths if n == -1]) == 1:
        total = sum([n for n in lengths if n != -1])
        lengths = [sizes[before] - total if n == -1 else n for n in lengths]
    parts = []
    start = 0
    for shape, length in zip(packed_shapes, lengths):
        part = tensor.narrow(before, start, length)
        inner = [length] if list(shape) == [-1] else list(shape)
        parts.append(part.reshape(sizes[:before] + inner + sizes[before + 1 :]))
        start = start + length
    return parts
