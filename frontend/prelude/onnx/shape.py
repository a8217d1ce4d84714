"""Shapes, and operators that move elements.

Sizes and places may be known only when the program runs. Where a rule asks for cases (a -1 that stands for what is left,
places counted from the end) they are put into arithmetic on sizes, so that no path is needed for each.
"""

import _braid
import torch
from onnx._types import dtype_of
from onnx._values import INTS_MAX, Coded, Ints, int_of, ints, op, tensor


def known_axis(axis, rank):
    """An axis counted from the front; one that is known only when the program runs chooses among paths where it is used."""
    if axis < -rank or axis >= rank:
        raise IndexError(f"axis {axis} is out of range for {rank} dimensions")
    return _from_end(_braid.known(axis), rank)


def known_axes(axes, rank):
    """Axes as the keys of a dict, so that paths on which they differ stay apart as long as it is in use."""
    found = {}
    for axis in axes:
        axis = known_axis(axis, rank)
        axis = _braid.known(axis)
        if axis in found:
            raise ValueError(f"axis {axis} is given twice")
        found[axis] = True
    return found


def product(sizes):
    result = 1
    for n in sizes:
        result = result * n
    return result


def _from_end(place, size):
    """A place that counts from the end if it is negative."""
    if _braid.is_known(place):
        return place + size if place < 0 else place
    negative = _braid.smaller(1, _braid.larger(0, -place))
    return place + size * negative


def _all_known(values):
    return all([_braid.is_known(v) for v in values])


@op(ints=True)
def Shape(x, *, start=0, end=None):
    if isinstance(x, Ints):
        return Ints([len(x.values)] if x.rank else [])
    x = x.codes if isinstance(x, Coded) else tensor(x)
    return Ints(list(x.shape)[start:end])


@op(ints=True)
def Size(x):
    return Ints([product(Shape(x).values)], 0)


@op(ints=True)
def Identity(x):
    return x


@op(ints=True)
def Reshape(x, shape, *, allowzero=0):
    if isinstance(x, Coded):
        return Coded(Reshape(x.codes, shape, allowzero=allowzero), x.type)
    sizes = ints(shape)
    if isinstance(x, Ints):
        if sizes == [] and len(x.values) == 1:
            return Ints(x.values, 0, x.code)
        if len(sizes) == 1 and _braid.is_known(sizes[0]) and sizes[0] in (-1, len(x.values)):
            return Ints(x.values, 1, x.code)
    x = tensor(x)
    return x.reshape(_reshaped(list(x.shape), sizes, allowzero))


def _reshaped(shape, sizes, allowzero):
    result = []
    for i, s in enumerate(sizes):
        if _braid.is_known(s):
            if s < -1:
                raise ValueError(f"a dimension of {s} is not allowed")
            if s == 0 and not allowzero:
                if i >= len(shape):
                    raise ValueError(f"dimension {i} is to be kept, but there are only {len(shape)}")
                s = shape[i]
        elif not allowzero and i < len(shape):
            # 1 - min(|s|, 1) is 1 for 0 alone.
            s = s + shape[i] * (1 - _braid.smaller(_braid.larger(s, -s), 1))
        result.append(s)
    if all([_braid.is_known(s) and s >= 0 for s in result]):
        return result
    open = [i for i, s in enumerate(result) if _braid.is_known(s) and s == -1]
    if len(open) > 1:
        raise ValueError("only one dimension can be -1")
    total = product(shape)
    if open:
        rest = product([s for i, s in enumerate(result) if i != open[0]])
        if _braid.is_known(rest) and rest == 0:
            raise ValueError("a dimension of -1 beside one of 0 could be anything")
        result[open[0]] = total // rest
        return result
    # max(s, -s * q) is q for -1, and s for what is not negative.
    rest = product([s if _braid.is_known(s) else _braid.larger(s, -s) for s in result])
    left = total // _braid.larger(rest, 1)
    return [s if _braid.is_known(s) else _braid.larger(s, -s * left) for s in result]


@op
def Reshape_1(x, *, shape, consumed_inputs=None):
    return x.reshape(_reshaped(list(x.shape), shape, 0))


@op
def Flatten(x, *, axis=1):
    axis = axis + x.dim() if axis < 0 else axis
    shape = list(x.shape)
    return x.reshape([product(shape[:axis]), product(shape[axis:])])


@op(ints=True)
def Squeeze(x, axes=None):
    if isinstance(x, Ints) and (axes is None or isinstance(axes, Ints)) and len(x.values) == 1:
        return Ints(x.values, 0, x.code)
    if isinstance(x, Coded):
        return Coded(Squeeze(x.codes, axes), x.type)
    x = tensor(x)
    shape = list(x.shape)
    if axes is None:
        kept = [n for n in shape if not (n == 1)]
    else:
        dropped = known_axes(ints(axes), len(shape))
        for k in dropped:
            if shape[k] != 1:
                raise ValueError(f"dimension {k} of size {shape[k]} cannot be dropped")
        kept = [n for k, n in enumerate(shape) if k not in dropped]
    return x.reshape(kept)


@op(ints=True)
def Squeeze_1(x, *, axes=None):
    return Squeeze(x, None if axes is None else Ints(axes))


@op(ints=True)
def Unsqueeze(x, axes):
    if isinstance(x, Ints) and x.rank == 0 and isinstance(axes, Ints) and len(axes.values) == 1:
        return Ints(x.values, 1, x.code)
    if isinstance(x, Coded):
        return Coded(Unsqueeze(x.codes, axes), x.type)
    x = tensor(x)
    values = ints(axes)
    rank = x.dim() + len(values)
    if not _all_known(values):
        return x.reshape(_unsqueezed(list(x.shape), values, rank))
    added = known_axes(values, rank)
    old = iter(list(x.shape))
    return x.reshape([1 if k in added else next(old) for k in range(rank)])


def _unsqueezed(shape, axes, rank):
    """The shape where the axes are known only when the program runs: it computes the sizes, since a path for each order
    of the axes would be too many."""
    places = _braid.tensor([_from_end(a, rank) for a in axes], "i64")
    added = (torch.arange(rank).unsqueeze(1) == places).any(1)
    kept = torch.cumsum((~added).to(torch.int64), 0) - 1
    old = _braid.tensor(shape + [1], "i64")
    sizes = torch.where(added, 1, _braid.op("gather", [old, torch.clamp(kept, 0, len(shape))], axis=0))
    return sizes.tolist()


@op(ints=True)
def Unsqueeze_1(x, *, axes):
    return Unsqueeze(x, Ints(axes))


@op(ints=True)
def Transpose(x, *, perm=None):
    if isinstance(x, Coded):
        return Coded(Transpose(x.codes, perm=perm), x.type)
    x = tensor(x)
    return x.permute(list(range(x.dim()))[::-1] if perm is None else perm)


@op(ints=True, same=True)
def Concat(*xs, axis):
    if all([isinstance(x, Ints) and x.rank == 1 for x in xs]):
        return Ints([v for x in xs for v in x.values], 1, xs[0].code)
    return torch.cat([tensor(x) for x in xs], axis)


@op(ints=True)
def Concat_1(*xs, axis=1):
    return Concat(*xs, axis=axis)


def _split(x, sizes, axis):
    parts, at = [], 0
    for size in sizes:
        parts.append(x.narrow(axis, at, size))
        at = at + size
    if at != x.shape[axis]:
        raise ValueError(f"the parts' sizes add up to {at}, not to {x.shape[axis]}")
    return tuple(parts)


def _equal_parts(size, n):
    """Sizes of n parts, the last of which may be smaller."""
    each = (size + n - 1) // n
    return [each] * (n - 1) + [size - each * (n - 1)]


@op(ints=True)
def Split(x, split=None, *, axis=0, num_outputs=None, outputs):
    n = num_outputs or outputs
    if isinstance(x, Ints) and (split is None or _all_known(ints(split))):
        sizes = _equal_parts(len(x.values), n) if split is None else ints(split)
        parts, at = [], 0
        for size in sizes:
            parts.append(Ints(x.values[at : at + size], 1, x.code))
            at = at + size
        return tuple(parts)
    x = tensor(x)
    axis = axis + x.dim() if axis < 0 else axis
    return _split(x, _equal_parts(x.shape[axis], n) if split is None else ints(split), axis)


@op(ints=True)
def Split_2(x, *, split=None, axis=0, outputs):
    return Split(x, None if split is None else Ints(split), axis=axis, outputs=outputs)


@op(ints=True)
def Split_1(x, split=None, *, axis=0, outputs, **given):
    sizes = given.get("split")
    return Split(x, split if sizes is None else Ints(sizes), axis=axis, outputs=outputs)


@op(ints=True)
def Slice(x, starts, ends, axes=None, steps=None):
    starts, ends = ints(starts), ints(ends)
    steps = [1] * len(starts) if steps is None else ints(steps)
    if isinstance(x, Ints) and _all_known(starts + ends + steps):
        step, n = steps[0], len(x.values)
        start, end = [v if v >= 0 else v + n for v in (starts[0], ends[0])]
        end = (None if end < 0 else end) if step < 0 else max(end, 0)
        return Ints(x.values[max(start, 0) : end : step], 1, x.code)
    x = tensor(x)
    axes = list(range(len(starts))) if axes is None else ints(axes)
    for axis, start, end, step in zip(axes, starts, ends, steps):
        x = _sliced(x, known_axis(axis, x.dim()), start, end, step)
    return x


# Exporters write the largest integer for "to the end". No dimension is as large as this.
_FAR = 1 << 40


def _near(v):
    return max(-_FAR, min(v, _FAR)) if _braid.is_known(v) else v


def _sliced(x, axis, start, end, step):
    n = x.shape[axis]
    to_end = _braid.is_known(end) and end >= _FAR
    start, end, step = _from_end(_near(start), n), _from_end(_near(end), n), _near(step)
    if step > 0:
        # A dimension says of itself that it is not negative; a term that stands for one may not.
        start = 0 if _braid.is_known(start) and start == 0 else _braid.larger(0, _braid.smaller(start, n))
        end = n if to_end else _braid.larger(start, _braid.smaller(end, n))
        if _braid.is_known(step) and step == 1:
            return x.narrow(axis, start, end - start)
        count = (end - start + step - 1) // step
    else:
        # The first place is one that there is, as the specification has it; NumPy would take nothing.
        start = _braid.larger(_braid.smaller(0, n - 1), _braid.smaller(start, n - 1))
        end = _braid.smaller(start, _braid.larger(end, -1))
        count = (start - end - step - 1) // -step
    places = torch.arange(count) * step + start
    return _braid.op("gather", [x, places], axis=axis)


@op(ints=True)
def Slice_1(x, *, starts, ends, axes=None):
    return Slice(x, Ints(starts), Ints(ends), None if axes is None else Ints(axes))


def checked(indices, size):
    """Indices of a dimension, negative ones from its end."""
    message = "IndexError: index {0} is out of range for a dimension of size {1}"
    return _braid.check_index(indices, size, True, message)


@op(ints=True)
def Gather(x, indices, *, axis=0):
    if isinstance(x, Ints) and x.rank == 1 and isinstance(indices, Ints) and _all_known(indices.values):
        n = len(x.values)
        for i in indices.values:
            if not -n <= i < n:
                raise IndexError(f"index {i} is out of range for {n} elements")
        return Ints([x.values[i] for i in indices.values], indices.rank, x.code)
    x, indices = tensor(x), tensor(indices)
    axis = known_axis(axis, x.dim())
    return _braid.op("gather", [x, checked(indices, x.shape[axis])], axis=axis)


@op
def GatherElements(x, indices, *, axis=0):
    axis = known_axis(axis, x.dim())
    return _braid.op("gather_elements", [x, checked(indices, x.shape[axis])], axis=axis)


def _checked_coordinates(indices, sizes):
    for k, size in enumerate(sizes):
        checked(indices.select(-1, k), size)
    return indices


@op
def GatherND(x, indices, *, batch_dims=0):
    k = indices.shape[-1]
    if not _braid.is_known(k):
        raise NotImplementedError("how many coordinates an index has must be known at compile time")
    indices = _checked_coordinates(indices, x.shape[batch_dims : batch_dims + k])
    if batch_dims:
        # The coordinates of the batch are put before the others.
        own = []
        shape = list(indices.shape)
        for d in range(batch_dims):
            lead = [1] * len(shape)
            lead[d] = shape[d]
            own.append(torch.arange(shape[d]).reshape(lead).expand(shape[:-1] + [1]))
        indices = torch.cat(own + [indices.to(torch.int64)], -1)
    return _braid.op("gather_nd", [x, indices])


@op
def ScatterElements(x, indices, updates, *, axis=0, reduction="none"):
    axis = known_axis(axis, x.dim())
    indices = checked(indices, x.shape[axis])
    return _braid.op("scatter_elements", [x, indices, updates], axis=axis, reduction=reduction)


@op
def ScatterND(x, indices, updates, *, reduction="none"):
    k = indices.shape[-1]
    if not _braid.is_known(k):
        raise NotImplementedError("how many coordinates an index has must be known at compile time")
    indices = _checked_coordinates(indices, x.shape[:k])
    return _braid.op("scatter_nd", [x, indices, updates], reduction=reduction)


@op(ints=True)
def Expand(x, shape):
    sizes = ints(shape)
    if isinstance(x, Ints) and len(x.values) == 1 and len(sizes) == 1 and _braid.is_known(sizes[0]) and sizes[0] <= INTS_MAX:
        return Ints(x.values * sizes[0], 1, x.code)
    x = tensor(x)
    return x.expand(_broadcast(list(x.shape), sizes))


def _broadcast(shape, sizes):
    """The shape that both broadcast to."""
    n = max(len(shape), len(sizes))
    a, b = [1] * (n - len(shape)) + shape, [1] * (n - len(sizes)) + sizes
    result = []
    for x, y in zip(a, b):
        if _braid.known_equal(x, y) or _braid.known_equal(y, 1):
            result.append(x)
        elif _braid.known_equal(x, 1):
            result.append(y)
        elif x == 1:
            result.append(y)
        else:
            if y != 1 and y != x:
                raise ValueError(f"sizes {x} and {y} do not broadcast")
            result.append(x)
    return result


@op(ints=True)
def Tile(x, repeats):
    x = tensor(x)
    return x.repeat(ints(repeats))


@op(ints=True)
def ConstantOfShape(shape, *, value=None):
    sizes = ints(shape)
    if isinstance(value, Ints) and len(sizes) == 1 and _braid.is_known(sizes[0]) and sizes[0] <= INTS_MAX:
        return Ints(value.values * sizes[0], 1, value.code)
    if value is None:
        return torch.zeros(sizes, dtype=torch.float32)
    return tensor(value).reshape([1] * len(sizes)).expand(sizes)


@op(ints=True)
def Range(start, limit, delta):
    if isinstance(start, Ints) and isinstance(limit, Ints) and isinstance(delta, Ints):
        a, b, d = start.values[0], limit.values[0], delta.values[0]
        if _all_known([a, b, d]) and d != 0 and abs((b - a) // d) <= INTS_MAX:
            return Ints(list(range(a, b, d)), 1, start.code)
    first, last, step = [tensor(v).reshape([]) for v in (start, limit, delta)]
    if first.is_floating_point():
        wide = [v.to(torch.float64) for v in (first, last, step)]
        count = torch.ceil((wide[1] - wide[0]) / wide[2])
        # Larger ones, and what is no number, are no length that an integer has.
        if not _braid.truth(count <= float(1 << 62)):
            raise ValueError("a range has more elements than can be counted")
        count = _braid.larger(0, count.to(torch.int64).item())
        # The specification multiplies in the element type.
        return first + torch.arange(count).to(first.dtype) * step
    a, b, d = [int_of(v) for v in (start, limit, delta)]
    if d > 0:
        count = (b - a + d - 1) // d
    elif d < 0:
        count = (a - b - d - 1) // -d
    else:
        raise ValueError("the step must not be 0")
    return (torch.arange(_braid.larger(0, count)) * d + a).to(first.dtype)


@op(ints=True)
def Pad(x, pads, value=None, axes=None, *, mode="constant"):
    x = tensor(x)
    rank = x.dim()
    amounts = ints(pads)
    axes = list(range(rank)) if axes is None else list(known_axes(ints(axes), rank))
    low, high = [0] * rank, [0] * rank
    for i, k in enumerate(axes):
        low[k], high[k] = amounts[i], amounts[i + len(axes)]
    if mode == "constant":
        fill = torch.zeros([], dtype=x.dtype) if value is None else tensor(value).reshape([])
        if fill.dtype is not x.dtype:
            raise TypeError(f"the value must be of type {x.dtype}, not {fill.dtype}")
        return _braid.op("pad", [x, fill], low=low, high=high, mode="constant")
    if mode not in ("reflect", "edge", "wrap"):
        raise NotImplementedError(f"there is no mode {mode}")
    return _braid.op("pad", [x], low=low, high=high, mode="circular" if mode == "wrap" else mode)


@op
def Pad_2(x, *, pads, mode="constant", value=0.0):
    return Pad(x, Ints(pads), torch.full([], value, dtype=x.dtype), mode=mode)


@op
def DepthToSpace(x, *, blocksize, mode="DCR"):
    n, c, h, w = x.shape
    b = blocksize
    if mode == "DCR":
        parts = x.reshape(n, b, b, c // (b * b), h, w).permute(0, 3, 4, 1, 5, 2)
    else:
        parts = x.reshape(n, c // (b * b), b, b, h, w).permute(0, 1, 4, 2, 5, 3)
    return parts.reshape(n, c // (b * b), h * b, w * b)


@op
def SpaceToDepth(x, *, blocksize, mode="DCR"):
    n, c, h, w = x.shape
    b = blocksize
    parts = x.reshape(n, c, h // b, b, w // b, b)
    parts = parts.permute(0, 3, 5, 1, 2, 4) if mode == "DCR" else parts.permute(0, 1, 3, 5, 2, 4)
    return parts.reshape(n, c * b * b, h // b, w // b)


@op(ints=True)
def OneHot(indices, depth, values, *, axis=-1):
    indices, values = tensor(indices), tensor(values)
    n = int_of(depth) if isinstance(depth, Ints) else int_of(tensor(depth).to(torch.int64))
    axis = axis + indices.dim() + 1 if axis < 0 else axis
    at = indices.to(torch.int64).unsqueeze(axis)
    shape = [1] * at.dim()
    shape[axis] = n
    # One that is out of range is nowhere.
    place = torch.arange(n).reshape(shape)
    return torch.where((at == place) | (at + n == place), values[1], values[0])


@op(ints=True)
def TopK(x, k, *, axis=-1, largest=1, sorted=1):
    x = tensor(x)
    found = torch.topk(x, int_of(k), axis, bool(largest), bool(sorted))
    return found.values, found.indices


@op
def TopK_1(x, *, k, axis=-1):
    return TopK(x, Ints([k], 1), axis=axis)


@op
def NonZero(x):
    if x.dim() == 0:
        x = x.reshape(1)
    return torch.nonzero(x).transpose(0, 1)


@op
def Compress(x, condition, *, axis=None):
    if axis is None:
        x, axis = x.reshape(-1), 0
    axis = known_axis(axis, x.dim())
    n = x.shape[axis]
    places = torch.nonzero(condition).reshape(-1)
    message = "IndexError: position {0} is out of range for a dimension of size {1}"
    return _braid.op("gather", [x, _braid.check_index(places, n, False, message)], axis=axis)


@op
def ReverseSequence(x, lengths, *, batch_axis=1, time_axis=0):
    steps, rows = x.shape[time_axis], x.shape[batch_axis]
    time_shape, batch_shape = [1] * x.dim(), [1] * x.dim()
    time_shape[time_axis], batch_shape[batch_axis] = steps, rows
    t = torch.arange(steps).reshape(time_shape)
    n = lengths.to(torch.int64).reshape(batch_shape)
    places = torch.where(t < n, n - 1 - t, t).expand(list(x.shape))
    return _braid.op("gather_elements", [x, places], axis=time_axis)


@op(ints=True)
def Trilu(x, k=None, *, upper=1):
    x = tensor(x)
    diagonal = 0 if k is None else int_of(k)
    rows = torch.arange(x.shape[-2]).reshape(-1, 1)
    columns = torch.arange(x.shape[-1])
    kept = columns - rows >= diagonal if upper else columns - rows <= diagonal
    return torch.where(kept, x, torch.zeros_like(x))


@op
def EyeLike(x, *, dtype=None, k=0):
    rows = torch.arange(x.shape[0]).reshape(-1, 1)
    return (torch.arange(x.shape[1]) - rows == k).to(x.dtype if dtype is None else dtype_of(dtype))


@op
def Unique(x, *, axis=None, sorted=1):
    if axis is not None:
        axis = known_axis(axis, x.dim())
        rows = x.transpose(0, axis) if axis else x
        return _unique_rows(x, rows.reshape(rows.shape[0], -1), axis, sorted)
    flat = x.reshape(-1)
    values, inverse, counts = torch.unique(flat, return_inverse=True, return_counts=True)
    first = _first_places(inverse, values.shape[0])
    if not sorted:
        order = torch.argsort(first, stable=True)
        rank = torch.argsort(order, stable=True)
        values, first, counts, inverse = values[order], first[order], counts[order], rank[inverse]
    return values, first, inverse, counts


def _first_places(inverse, n):
    """Where each of n kinds is found first."""
    places = torch.arange(inverse.shape[0])
    least = torch.full([n], 2**62, dtype=torch.int64)
    return _braid.op("scatter_elements", [least, inverse, places], axis=0, reduction="min")


def _unique_rows(x, rows, axis, sorted):
    """Rows are compared pair by pair: the first row that a row equals stands for both."""
    count = rows.shape[0]
    places = torch.arange(count)
    equal = (rows.unsqueeze(1) == rows.unsqueeze(0)).all(2)
    representative = torch.where(equal, places.unsqueeze(0), count).amin(1)
    first = torch.nonzero(representative == places).reshape(-1)
    if sorted:
        # Row a comes before row b if it is less in the first place where they differ.
        kinds = rows[first]
        a, b = kinds.unsqueeze(1), kinds.unsqueeze(0)
        differs = a != b
        earlier = torch.cumsum(differs.to(torch.int64), 2) - differs.to(torch.int64)
        less = ((a < b) & (earlier == 0)).any(2)
        order = less.to(torch.int64).sum(0)
        first = first[torch.argsort(order, stable=True)]
    member = representative.unsqueeze(1) == first.unsqueeze(0)
    inverse = member.to(torch.int64).argmax(1)
    counts = member.to(torch.int64).sum(0)
    return _braid.op("gather", [x, first], axis=axis), first, inverse, counts
