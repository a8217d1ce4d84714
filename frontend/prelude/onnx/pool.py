"""Pools."""

import itertools

import _braid
import torch
from onnx._values import ints, op, tensor
from onnx._window import padding, per_dimension, span


def _window(x, kind, window, strides, dilations, low, high):
    return _braid.op("reduce_window", [x], kind=kind, window=window, strides=strides, dilations=dilations, pads_low=low,
                     pads_high=high)


def _set_up(x, auto_pad, ceil_mode, dilations, kernel_shape, pads, strides):
    n = x.dim() - 2
    window = list(kernel_shape)
    strides, dilations = per_dimension(strides, n), per_dimension(dilations, n)
    low, high, extra = padding(list(x.shape)[2:], window, strides, dilations, auto_pad, pads, ceil_mode)
    return window, strides, dilations, low, high, extra


@op
def MaxPool(x, *, outputs, auto_pad="NOTSET", ceil_mode=0, dilations=None, kernel_shape, pads=None, storage_order=0,
            strides=None):
    window, strides, dilations, low, high, extra = _set_up(x, auto_pad, ceil_mode, dilations, kernel_shape, pads, strides)
    high = [h + e for h, e in zip(high, extra)]
    y = _window(x, "max", window, strides, dilations, low, high)
    if outputs == 1:
        return y
    return y, _places(x, y, window, strides, dilations, low, high, storage_order)


def _places(x, y, window, strides, dilations, low, high, storage_order):
    """Where in the whole tensor each maximum is; of equal ones the first."""
    sizes = list(x.shape)[2:]
    if not all([_braid.is_known(s) for s in list(x.shape)]):
        raise NotImplementedError("the indices of a pool need sizes that are known at compile time")
    n = len(sizes)
    # Positions of the spatial elements; column major over the last two dimensions if asked for.
    place = torch.arange(x.numel()).reshape(x.shape)
    if storage_order:
        steps, step = [], 1
        for size in sizes:
            steps.append(step)
            step = step * size
        spatial = sum([(torch.arange(s) * t).reshape([s] + [1] * (n - 1 - i)) for i, (s, t) in enumerate(zip(sizes, steps))])
        place = (torch.arange(x.shape[0] * x.shape[1]) * step).reshape([x.shape[0], x.shape[1]] + [1] * n) + spatial
    pads = []
    for l, h in reversed(list(zip(low, high))):
        pads = pads + [l, h]
    lowest = float("-inf") if x.is_floating_point() else torch.iinfo(x.dtype).min
    # A value that is there beats padding of the same value.
    inside = torch.nn.functional.pad(torch.ones([1, 1] + sizes, dtype=torch.bool), pads, value=False)
    values = torch.nn.functional.pad(x, pads, value=lowest)
    places = torch.nn.functional.pad(place, pads)
    out = list(y.shape)[2:]
    best, at, found = None, None, None
    for offset in itertools.product(*[range(k) for k in window]):
        index = [slice(None), slice(None)]
        for o, d, s, count in zip(offset, dilations, strides, out):
            index.append(slice(o * d, o * d + (count - 1) * s + 1, s))
        index = tuple(index)
        value, place, there = values[index], places[index], inside[index]
        if best is None:
            best, at, found = value, place, there
        else:
            better = there & ((value > best) | ~found)
            best, at, found = torch.where(better, value, best), torch.where(better, place, at), found | there
    return at


@op
def AveragePool(x, *, auto_pad="NOTSET", ceil_mode=0, count_include_pad=0, dilations=None, kernel_shape, pads=None,
                strides=None):
    window, strides, dilations, low, high, extra = _set_up(x, auto_pad, ceil_mode, dilations, kernel_shape, pads, strides)
    whole = [h + e for h, e in zip(high, extra)]
    total = _window(x, "sum", window, strides, dilations, low, whole)
    if not any(extra) and (count_include_pad or not any(low + high)):
        size = 1
        for k in window:
            size = size * k
        return total / size
    sizes = list(x.shape)[2:]
    if count_include_pad:
        ones = torch.ones([1, 1] + [s + l + h for s, l, h in zip(sizes, low, high)], dtype=x.dtype)
        count = _window(ones, "sum", window, strides, dilations, [0] * len(low), extra)
    else:
        count = _window(torch.ones([1, 1] + sizes, dtype=x.dtype), "sum", window, strides, dilations, low, whole)
    return total / count


@op
def LpPool(x, *, auto_pad="NOTSET", ceil_mode=0, dilations=None, kernel_shape, p=2, pads=None, strides=None):
    window, strides, dilations, low, high, extra = _set_up(x, auto_pad, ceil_mode, dilations, kernel_shape, pads, strides)
    high = [h + e for h, e in zip(high, extra)]
    return _root(_window(_power(x, p), "sum", window, strides, dilations, low, high), p)


def _power(x, p):
    return torch.abs(x) if p == 1 else x * x if p == 2 else torch.pow(torch.abs(x), p)


def _root(x, p):
    return x if p == 1 else torch.sqrt(x) if p == 2 else torch.pow(x, 1.0 / p)


def _spatial(x):
    return list(range(2, x.dim()))


@op
def GlobalAveragePool(x):
    return torch.mean(x, dim=_spatial(x), keepdim=True)


@op
def GlobalMaxPool(x):
    return torch.amax(x, dim=_spatial(x), keepdim=True)


@op
def GlobalLpPool(x, *, p=2):
    return _root(torch.sum(_power(x, p), dim=_spatial(x), keepdim=True), p)


@op(ints=True)
def MaxUnpool(x, indices, output_shape=None, *, kernel_shape, pads=None, strides=None):
    x, indices = tensor(x), tensor(indices)
    n = len(kernel_shape)
    strides, pads = per_dimension(strides, n), per_dimension(pads, 2 * n, 0)
    sizes = [x.shape[0], x.shape[1]]
    for i in range(n):
        sizes.append((x.shape[2 + i] - 1) * strides[i] - pads[i] - pads[n + i] + kernel_shape[i])
    count = 1
    for size in sizes:
        count = count * size
    y = torch.zeros([count], dtype=x.dtype).scatter(0, indices.reshape([-1]), x.reshape([-1])).reshape(sizes)
    if output_shape is None:
        return y
    # The places are those of the smaller shape.
    for i, wanted in enumerate(ints(output_shape)):
        more = list(y.shape)
        more[i] = wanted - sizes[i]
        y = torch.cat([y, torch.zeros(more, dtype=y.dtype)], i)
    return y
