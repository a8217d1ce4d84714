"""Reductions, and running sums and products."""

import math

import _braid
import torch
from onnx._values import Ints, int_of, ints, op, tensor
from onnx.shape import known_axes, known_axis, product


def _reduction(name, reduce, on_ints=None):
    """The operator with its axes as an input, and as an attribute. `reduce(x, dims, keep)` reduces over some dimensions."""

    def reduced(x, axes, keepdims):
        if axes is None:
            axes = range(x.dim())
        else:
            axes = known_axes(axes, x.dim())
        dims = list(axes)
        return reduce(x, dims, bool(keepdims)) if dims else reduce(x.unsqueeze(0), [0], False)

    @op(ints=True)
    def function(x, axes=None, *, keepdims=1, noop_with_empty_axes=0):
        if isinstance(x, Ints) and on_ints is not None and x.rank == 1 and axes is None and not noop_with_empty_axes:
            return Ints([on_ints(x.values)], 1 if keepdims else 0, x.code)
        x = tensor(x)
        axes = None if axes is None else ints(axes)
        if axes == [] or axes is None:
            if noop_with_empty_axes:
                return reduced(x, [], keepdims)
            axes = None
        return reduced(x, axes, keepdims)

    @op(ints=True)
    def by_attribute(x, *, axes=None, keepdims=1):
        if isinstance(x, Ints) and on_ints is not None and x.rank == 1:
            return Ints([on_ints(x.values)], 1 if keepdims else 0, x.code)
        return reduced(tensor(x), axes, keepdims)

    function.__name__ = by_attribute.__name__ = name
    return function, by_attribute


def _typed(function):
    """Of integers the result has their type."""
    return lambda x, dims, keep: function(x, dims, keep).to(x.dtype)


def _sum(x, dims, keep):
    return torch.sum(x, dims, keep)


def _mean(x, dims, keep):
    if x.is_floating_point():
        return torch.mean(x, dims, keep)
    total = torch.sum(x, dims, keep)
    return torch.div(total, product([x.shape[d] for d in dims]), rounding_mode="trunc")


def _prod(x, dims, keep):
    for d in sorted(dims, reverse=True):
        x = torch.prod(x, d, True)
    return x if keep else x.reshape([n for i, n in enumerate(x.shape) if i not in dims])


def _extreme(row, lowest):
    def function(x, dims, keep):
        if x.dtype is torch.bool:
            return function(x.to(torch.uint8), dims, keep).to(torch.bool)
        # The extreme of nothing is the lowest or highest number that there is.
        if x.is_floating_point():
            shape = list(x.shape)
            for d in dims:
                if _braid.is_known(shape[d]) and shape[d] == 0:
                    kept = [1 if i in dims else n for i, n in enumerate(shape) if keep or i not in dims]
                    return torch.full(kept, lowest, dtype=x.dtype)
        return _braid.op(row, [x], axes=dims, keepdims=keep)

    return function


def _log_sum_exp(x, dims, keep):
    if not x.is_floating_point():
        x = x.to(torch.float64)
    shape = list(x.shape)
    if any([_braid.is_known(shape[d]) and shape[d] == 0 for d in dims]):
        return torch.log(torch.sum(torch.exp(x), dims, keep))
    return torch.logsumexp(x, dims, keep)


ReduceSum, ReduceSum_1 = _reduction("ReduceSum", _typed(_sum))
ReduceMean, ReduceMean_1 = _reduction("ReduceMean", _typed(_mean))
ReduceProd, ReduceProd_1 = _reduction("ReduceProd", _typed(_prod), product)
ReduceMax, ReduceMax_1 = _reduction("ReduceMax", _extreme("reduce_max", -math.inf))
ReduceMin, ReduceMin_1 = _reduction("ReduceMin", _extreme("reduce_min", math.inf))
ReduceL1, ReduceL1_1 = _reduction("ReduceL1", _typed(lambda x, d, k: _sum(torch.abs(x), d, k)))
ReduceL2, ReduceL2_1 = _reduction("ReduceL2", _typed(lambda x, d, k: torch.sqrt(_sum(x * x, d, k))))
ReduceLogSum, ReduceLogSum_1 = _reduction("ReduceLogSum", _typed(lambda x, d, k: torch.log(_sum(x, d, k))))
ReduceLogSumExp, ReduceLogSumExp_1 = _reduction("ReduceLogSumExp", _typed(_log_sum_exp))
ReduceSumSquare, ReduceSumSquare_1 = _reduction("ReduceSumSquare", _typed(lambda x, d, k: _sum(x * x, d, k)))


def _arg(find):
    @op
    def function(x, *, axis=0, keepdims=1, select_last_index=0):
        axis = axis + x.dim() if axis < 0 else axis
        if select_last_index:
            found = x.shape[axis] - 1 - find(torch.flip(x, [axis]), axis, bool(keepdims))
        else:
            found = find(x, axis, bool(keepdims))
        return found

    return function


ArgMax = _arg(torch.argmax)
ArgMin = _arg(torch.argmin)


def _scan(row):
    @op(ints=True)
    def function(x, axis, *, exclusive=0, reverse=0):
        x = tensor(x)
        axis = known_axis(int_of(axis), x.dim())
        result = _braid.op(row, [x], axis=axis, exclusive=bool(exclusive), reverse=bool(reverse))
        return result.to(x.dtype)

    return function


CumSum = _scan("cumsum")
CumProd = _scan("cumprod")
