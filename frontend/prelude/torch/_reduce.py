"""Reductions, scans, sorting and counting. All are tensor methods too, with the tensor first."""

import math
from collections import namedtuple

import _braid
from torch._core import (
    accumulated,
    axes,
    axis,
    convert,
    elementwise,
    is_float,
    is_tensor,
    op,
    product,
    rank,
    reshape,
    shape_of,
    to_float,
)

_Max = namedtuple("max", ["values", "indices"])
_Min = namedtuple("min", ["values", "indices"])
_Sort = namedtuple("sort", ["values", "indices"])
_TopK = namedtuple("topk", ["values", "indices"])
_Median = namedtuple("median", ["values", "indices"])
_KthValue = namedtuple("kthvalue", ["values", "indices"])
_CumMax = namedtuple("cummax", ["values", "indices"])
_CumMin = namedtuple("cummin", ["values", "indices"])


def _given(dim, axis):
    """PyTorch takes `axis` for `dim` everywhere."""
    return dim if axis is None else axis


def _reduced(row, x, dim, keepdim):
    dims = axes(dim, rank(x))
    if not dims:
        return _braid.clone(x)
    return op(row, [x], axes=dims, keepdims=keepdim)


def sum(input, dim=None, keepdim=False, *, dtype=None, axis=None, keepdims=False):
    x = accumulated(input) if dtype is None else convert(input, dtype)
    return _reduced("reduce_sum", x, _given(dim, axis), keepdim or keepdims)


def nansum(input, dim=None, keepdim=False, *, dtype=None):
    return sum(_braid.select(input.isnan(), 0, input), dim, keepdim, dtype=dtype)


def nanmean(input, dim=None, keepdim=False, *, dtype=None):
    counted = sum(input.isnan().logical_not(), dim, keepdim)
    return nansum(input, dim, keepdim, dtype=dtype) / counted


def isin(elements, test_elements, *, assume_unique=False, invert=False):
    tests = test_elements if is_tensor(test_elements) else _braid.tensor(test_elements, None)
    elements = elements if is_tensor(elements) else _braid.tensor(elements, None)
    found = any(elements.unsqueeze(-1) == tests.reshape(-1), -1)
    return found.logical_not() if invert else found


def mean(input, dim=None, keepdim=False, *, dtype=None, axis=None, keepdims=False):
    x = convert(input, dtype)
    if not is_float(x):
        raise RuntimeError(f"mean(): could not infer output dtype. Input dtype must be a floating point, got {input.dtype}")
    return _reduced("reduce_mean", x, _given(dim, axis), keepdim or keepdims)


def prod(input, dim=None, keepdim=False, *, dtype=None, axis=None):
    x = accumulated(input) if dtype is None else convert(input, dtype)
    return _reduced("reduce_prod", x, _given(dim, axis), keepdim)


def _truth(x):
    return x if _braid.code(x) == "bool" else elementwise("not_equal", [x, 0], "same")


def any(input, dim=None, keepdim=False, *, axis=None):
    return _reduced("reduce_or", _truth(input), _given(dim, axis), keepdim)


def all(input, dim=None, keepdim=False, *, axis=None):
    return _reduced("reduce_and", _truth(input), _given(dim, axis), keepdim)


_SPECIFY = " Specify the reduction dim with the 'dim' argument."


def _check_filled(name, x, dim, kind="RuntimeError", hint=_SPECIFY):
    """Raises, now or at run time, where a reduction that gives nothing for nothing meets an empty dimension."""
    if rank(x) == 0:
        return
    if dim is None or dim == () or dim == []:
        message = f"{kind}: {name}(): Expected reduction dim to be specified for input.numel() == 0." + hint
        _braid.check_at_most(1, product(shape_of(x)), message)
        return
    for d in axes(dim, rank(x)):
        message = f"IndexError: {name}(): Expected reduction dim {d} to have non-zero size."
        _braid.check_at_most(1, shape_of(x)[d], message)


def amax(input, dim=None, keepdim=False, *, axis=None):
    _check_filled("amax", input, _given(dim, axis))
    return _reduced("reduce_max", input, _given(dim, axis), keepdim)


def amin(input, dim=None, keepdim=False, *, axis=None):
    _check_filled("amin", input, _given(dim, axis))
    return _reduced("reduce_min", input, _given(dim, axis), keepdim)


def aminmax(input, *, dim=None, keepdim=False):
    return amin(input, dim, keepdim), amax(input, dim, keepdim)


def _extreme(row, arg_row, result, x, dim, keepdim):
    if rank(x) == 0:
        axis(dim, 0)
        return result(_braid.clone(x), _braid.full([], 0, "i64"))
    dim = axis(dim, rank(x))
    if _braid.code(x) == "bool":
        values = _braid.convert(op(row, [_braid.convert(x, "u8")], axes=[dim], keepdims=keepdim), "bool")
        return result(values, op(arg_row, [_braid.convert(x, "u8")], axis=dim, keepdims=keepdim))
    return result(op(row, [x], axes=[dim], keepdims=keepdim), op(arg_row, [x], axis=dim, keepdims=keepdim))


def max(input, dim=None, keepdim=False, *, axis=None):
    dim = _given(dim, axis)
    if is_tensor(dim):
        return elementwise("maximum", [input, dim], "same")
    _check_filled("max", input, dim)
    if dim is None:
        return _reduced("reduce_max", input, None, False)
    return _extreme("reduce_max", "argmax", _Max, input, dim, keepdim)


def min(input, dim=None, keepdim=False, *, axis=None):
    dim = _given(dim, axis)
    if is_tensor(dim):
        return elementwise("minimum", [input, dim], "same")
    _check_filled("min", input, dim)
    if dim is None:
        return _reduced("reduce_min", input, None, False)
    return _extreme("reduce_min", "argmin", _Min, input, dim, keepdim)


def _arg(row, x, dim, keepdim):
    if _braid.code(x) == "bool":
        x = _braid.convert(x, "u8")
    n = rank(x)
    _check_filled(row, x, dim, "IndexError", "")
    if dim is None or n == 0:
        result = op(row, [reshape(x, [product(shape_of(x))])], axis=0, keepdims=False)
        return reshape(result, [1] * n) if keepdim and n else result
    return op(row, [x], axis=axis(dim, n), keepdims=keepdim)


def argmax(input, dim=None, keepdim=False, *, axis=None):
    return _arg("argmax", input, _given(dim, axis), keepdim)


def argmin(input, dim=None, keepdim=False, *, axis=None):
    return _arg("argmin", input, _given(dim, axis), keepdim)


def _correction(unbiased, correction):
    if correction is not None:
        return correction
    return 1 if unbiased else 0


def var(input, dim=None, unbiased=True, keepdim=False, *, correction=None, axis=None):
    if isinstance(dim, bool):  # var(input, unbiased)
        dim, unbiased = None, dim
    dims = axes(_given(dim, axis), rank(input))
    count = product([shape_of(input)[d] for d in dims])
    centred = input - op("reduce_mean", [input], axes=dims, keepdims=True)
    squares = op("reduce_sum", [centred * centred], axes=dims, keepdims=keepdim)
    return squares / _braid.larger(count - _correction(unbiased, correction), 0)


def std(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    return elementwise("sqrt", [var(input, dim, unbiased, keepdim, correction=correction)], "float")


def var_mean(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    return var(input, dim, unbiased, keepdim, correction=correction), mean(input, dim, keepdim)


def std_mean(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    return std(input, dim, unbiased, keepdim, correction=correction), mean(input, dim, keepdim)


def norm(input, p="fro", dim=None, keepdim=False, dtype=None):
    x = convert(input, dtype)
    if p is None or p == "fro" or p == 2:
        return elementwise("sqrt", [_reduced("reduce_sum", x * x, dim, keepdim)], "float")
    magnitude = elementwise("abs", [x], "same")
    if p == math.inf or p == "inf":
        return _reduced("reduce_max", magnitude, dim, keepdim)
    if p == -math.inf:
        return _reduced("reduce_min", magnitude, dim, keepdim)
    if p == 1:
        return _reduced("reduce_sum", magnitude, dim, keepdim)
    if p == 0:
        return _reduced("reduce_sum", convert(x != 0, x.dtype), dim, keepdim)
    if p == "nuc":
        raise NotImplementedError("the nuclear norm is not supported; it needs a singular value decomposition")
    return _reduced("reduce_sum", magnitude**p, dim, keepdim) ** (1.0 / p)


def dist(input, other, p=2):
    return norm(input - other, p)


def logsumexp(input, dim, keepdim=False):
    x = to_float(input)
    dims = axes(dim, rank(x))
    top = op("reduce_max", [x], axes=dims, keepdims=True)
    top = _braid.select(elementwise("is_finite", [top], "float"), top, 0.0)
    total = op("reduce_sum", [elementwise("exp", [x - top], "float")], axes=dims, keepdims=True)
    result = elementwise("log", [total], "float") + top
    return result if keepdim else _dropped(result, dims)


def _dropped(x, dims):
    return reshape(x, [n for i, n in enumerate(shape_of(x)) if i not in dims])


def cumsum(input, dim, *, dtype=None, axis=None):
    return _scan("cumsum", input, _given(dim, axis), dtype)


def cumprod(input, dim, *, dtype=None):
    return _scan("cumprod", input, dim, dtype)


def _scan(row, input, dim, dtype):
    x = accumulated(input) if dtype is None else convert(input, dtype)
    if rank(x) == 0:
        return _braid.clone(x)
    return op(row, [x], axis=axis(dim, rank(x)))


def logcumsumexp(input, dim):
    top = amax(input, dim, True)
    return (input - top).exp().cumsum(dim).log() + top


def cummax(input, dim):
    return _CumMax(*op("cummax", [input], axis=axis(dim, rank(input))))


def cummin(input, dim):
    return _CumMin(*op("cummin", [input], axis=axis(dim, rank(input))))


def diff(input, n=1, dim=-1):
    for _ in range(n):
        size = shape_of(input)[dim]
        input = input.narrow(dim, 1, size - 1) - input.narrow(dim, 0, size - 1)
    return input


def sort(input, dim=-1, descending=False, stable=False):
    if rank(input) == 0:
        return _Sort(_braid.clone(input), _braid.full([], 0, "i64"))
    values, indices = op("sort", [input], axis=axis(dim, rank(input)), descending=descending, stable=True)
    return _Sort(values, indices)


def msort(input):
    return sort(input, 0).values


def argsort(input, dim=-1, descending=False, stable=False):
    return sort(input, dim, descending).indices


def topk(input, k, dim=-1, largest=True, sorted=True):
    if is_tensor(k):
        k = int(k)
    if rank(input) == 0:
        return _TopK(_braid.clone(input), _braid.full([], 0, "i64"))
    _braid.check_at_most(k, shape_of(input)[axis(dim, rank(input))], "RuntimeError: selected index k out of range")
    values, indices = op("topk", [input], k=k, axis=axis(dim, rank(input)), largest=largest, sorted=sorted)
    return _TopK(values, indices)


def kthvalue(input, k, dim=-1, keepdim=False):
    values, indices = sort(input, dim)
    dim = axis(dim, rank(input))
    values, indices = values.narrow(dim, k - 1, 1), indices.narrow(dim, k - 1, 1)
    return _KthValue(values, indices) if keepdim else _KthValue(values.squeeze(dim), indices.squeeze(dim))


def median(input, dim=None, keepdim=False):
    if dim is None:
        flat = input.reshape(-1)
        return kthvalue(flat, (shape_of(flat)[0] + 1) // 2, 0).values
    n = shape_of(input)[axis(dim, rank(input))]
    values, indices = kthvalue(input, (n + 1) // 2, dim, keepdim)
    return _Median(values, indices)


def quantile(input, q, dim=None, keepdim=False, *, interpolation="linear"):
    if is_tensor(q):
        import torch

        many = [quantile(input, float(p), dim, keepdim, interpolation=interpolation) for p in q.reshape(-1).tolist()]
        return torch.stack(many) if rank(q) else many[0]
    if interpolation != "linear":
        raise NotImplementedError("only linear interpolation is supported in quantile")
    if dim is None:
        input, dim = input.reshape(-1), 0
    dim = axis(dim, rank(input))
    values = sort(input, dim).values
    place = q * (shape_of(input)[dim] - 1)
    low = math.floor(place)
    high = low if place == low else low + 1
    a, b = values.narrow(dim, low, 1), values.narrow(dim, high, 1)
    result = a + (b - a) * (place - low)
    return result if keepdim else result.squeeze(dim)


def unique(input, sorted=True, return_inverse=False, return_counts=False, dim=None):
    if dim is not None:
        raise NotImplementedError("torch.unique along a dimension is not supported")
    values, inverse, counts, _ = op("unique", [input.reshape(-1)], sorted=True)
    results = [values]
    if return_inverse:
        results.append(inverse.reshape(input.shape))
    if return_counts:
        results.append(counts)
    return tuple(results) if len(results) > 1 else values


def unique_consecutive(input, return_inverse=False, return_counts=False, dim=None):
    if return_inverse or return_counts or rank(input) != 1:
        raise NotImplementedError("unique_consecutive is supported for one tensor of rank 1, without counts")
    import torch

    n = shape_of(input)[0]
    first = torch.cat([torch.ones(1, dtype=torch.bool), input.narrow(0, 1, n - 1) != input.narrow(0, 0, n - 1)])
    return input[first]


def nonzero(input, *, as_tuple=False):
    if rank(input) == 0:
        import torch

        input = input.reshape(1)
        found = op("nonzero", [input])[0]
        return (found.squeeze(1),) if as_tuple else found.narrow(1, 0, 0)
    found = op("nonzero", [input])[0]
    return tuple([found.select(1, i) for i in range(rank(input))]) if as_tuple else found


argwhere = nonzero


def count_nonzero(input, dim=None):
    return sum(input != 0, dim)


def bincount(input, weights=None, minlength=0):
    import torch

    length = int(input.max()) + 1
    if minlength:
        length = _braid.larger(length, minlength)
    if weights is None:
        return torch.zeros(length, dtype=torch.int64).index_add(0, input, torch.ones_like(input, dtype=torch.int64))
    return torch.zeros(length, dtype=weights.dtype).index_add(0, input, weights)


def histc(input, bins=100, min=0, max=0):
    if min == 0 and max == 0:
        raise NotImplementedError("histc needs min and max here")
    import torch

    x = input.reshape(-1)
    place = ((x - min) * (bins / (max - min))).floor().clamp(0, bins - 1).long()
    inside = ((x >= min) & (x <= max)).to(x.dtype)
    return torch.zeros(bins, dtype=x.dtype).index_add(0, place, inside)


def searchsorted(sorted_sequence, input, *, out_int32=False, right=False, side=None, sorter=None):
    right = right or side == "right"
    values = input if is_tensor(input) else _braid.tensor(input, _braid.code(sorted_sequence))
    steps = sorted_sequence.unsqueeze(-2) if rank(sorted_sequence) > 1 else sorted_sequence
    below = steps <= values.unsqueeze(-1) if right else steps < values.unsqueeze(-1)
    return sum(below, -1)


def bucketize(input, boundaries, *, out_int32=False, right=False):
    return searchsorted(boundaries, input, right=right)


def renorm(input, p, dim, maxnorm):
    others = [d for d in range(rank(input)) if d != axis(dim, rank(input))]
    size = norm(input, p, others, True)
    return input * _braid.select(size > maxnorm, maxnorm / (size + 1e-7), 1.0)


_ModeResult = namedtuple("mode", ["values", "indices"])
_NanMedian = namedtuple("nanmedian", ["values", "indices"])


def mode(input, dim=-1, keepdim=False):
    """The value that occurs most often, the smallest of several, and where it occurs last."""
    if rank(input) == 0:
        return _ModeResult(_braid.clone(input), _braid.full([], 0, "i64"))
    dim = axis(dim, rank(input))
    ordered = sort(input, dim).values.movedim(dim, -1)
    counts = sum(ordered.unsqueeze(-1) == ordered.unsqueeze(-2), -1)
    value = ordered.gather(-1, argmax(counts, -1, True))
    places = op("iota", [], dtype="i64", shape=[shape_of(input)[dim]], axis=0)
    index = amax(_braid.select(input.movedim(dim, -1) == value, places, -1), -1, True)
    value, index = value.movedim(-1, dim), index.movedim(-1, dim)
    return _ModeResult(value, index) if keepdim else _ModeResult(value.squeeze(dim), index.squeeze(dim))


def nanmedian(input, dim=None, keepdim=False):
    """The lower median of what is a number; NaN where nothing is."""
    if dim is None:
        return nanmedian(input.reshape(-1), 0).values
    dim = axis(dim, rank(input))
    values, indices = sort(input, dim)
    # NaN sorts last.
    count = sum(input.isnan().logical_not(), dim, True)
    place = ((count - 1) // 2).clamp(min=0)
    values, indices = values.gather(dim, place), indices.gather(dim, place)
    return _NanMedian(values, indices) if keepdim else _NanMedian(values.squeeze(dim), indices.squeeze(dim))


def nanquantile(input, q, dim=None, keepdim=False, *, interpolation="linear"):
    raise NotImplementedError("nanquantile is not supported; take quantile of input[~input.isnan()]")


def cov(input, *, correction=1, fweights=None, aweights=None):
    if fweights is not None or aweights is not None:
        raise NotImplementedError("cov with weights is not supported")
    rows = input.reshape(1, -1) if rank(input) < 2 else input
    centred = rows - rows.mean(1, True)
    result = centred @ centred.mT / (shape_of(rows)[1] - correction)
    return result.squeeze() if rank(input) < 2 else result


def corrcoef(input):
    c = cov(input)
    if rank(c) == 0:
        return c / c
    deviation = c.diagonal().sqrt()
    return (c / deviation.unsqueeze(1) / deviation.unsqueeze(0)).clamp(-1, 1)


def _areas(y, x, dx, dim):
    """The areas under the steps between neighbours."""
    dim = axis(dim, rank(y))
    size = shape_of(y)[dim]
    heights = y.narrow(dim, 1, size - 1) + y.narrow(dim, 0, size - 1)
    if x is None:
        return heights * (dx / 2)
    widths = diff(x, 1, -1 if rank(x) == 1 else dim)
    if rank(x) == 1:
        widths = _along(widths, dim, rank(y))
    return heights * widths / 2


def _along(x, dim, n):
    return reshape(x, [shape_of(x)[0] if i == dim else 1 for i in range(n)])


def trapezoid(y, x=None, *, dx=1.0, dim=-1):
    return sum(_areas(y, x, dx, dim), dim)


trapz = trapezoid


def cumulative_trapezoid(y, x=None, *, dx=1.0, dim=-1):
    return cumsum(_areas(y, x, dx, dim), dim)
