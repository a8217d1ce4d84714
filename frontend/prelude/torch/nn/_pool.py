"""Pooling."""

import math

import _braid
from torch._core import iota, known_equal, larger, narrow, op, pair, product, rank, reshape, shape_of, unsupported
from torch._linalg import dot_general
from torch._shape import gather_unchecked
from torch.nn._conv import gather_windows


def _span(sizes, kernel, stride, padding, dilation, ceil_mode):
    """Padding after each dimension such that every window fits, in ceil mode the last, started one as well."""
    high = []
    for n, k, s, p, d in zip(sizes, kernel, stride, padding, dilation):
        if not known_equal(p, 0) and 2 * p > k:
            raise RuntimeError(f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k}")
        extra = 0
        if ceil_mode:
            if not _braid.is_known(n):
                raise NotImplementedError("ceil_mode needs spatial sizes known at compile time")
            room = n + 2 * p - d * (k - 1) - 1
            count = -(-room // s) + 1
            if (count - 1) * s >= n + p:
                count = count - 1
            extra = max(0, (count - 1) * s + d * (k - 1) + 1 - (n + 2 * p))
        high.append(p + extra)
    return high


def _batched(function, input, n):
    if rank(input) not in (n + 1, n + 2):
        raise RuntimeError(f"Expected {n + 1}D or {n + 2}D input to a {n}-dimensional pool, but got {rank(input)}D")
    if rank(input) == n + 2:
        return function(input)
    result = function(input.unsqueeze(0))
    return tuple([r.squeeze(0) for r in result]) if isinstance(result, tuple) else result.squeeze(0)


def _tiles(x, kernel, stride, padding, dilation, ceil_mode):
    """The windows of a pool over a size known only at run time, as two dimensions in place of each spatial one: which
    window, and where in it. None for a window known at compile time, which is the operator's own business."""
    if all([_braid.is_known(k) for k in kernel]):
        return None
    plain = not ceil_mode and all([known_equal(p, 0) for p in padding]) and all([known_equal(d, 1) for d in dilation])
    if not plain or not all([known_equal(k, s) for k, s in zip(kernel, stride)]):
        unsupported("a pool with a window known only at run time", "leave out stride, padding, dilation and ceil_mode")
    sizes = list(shape_of(x))
    shape = sizes[:2]
    for i, k in enumerate(kernel):
        # A window of nothing is refused by the reshape.
        width = larger(k, 1)
        count = sizes[2 + i] // width
        x = narrow(x, 2 + i, 0, count * width)
        shape = shape + [count, k]
    return reshape(x, shape)


def _max_pool(n):
    def function(
        input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
    ):
        kernel, padding, dilation = pair(kernel_size, n), pair(padding, n), pair(dilation, n)
        stride = kernel if stride is None or stride == [] else pair(stride, n)

        def pool(x):
            high = _span(shape_of(x)[2:], kernel, stride, padding, dilation, ceil_mode)
            if return_indices:
                return _max_with_indices(x, n, kernel, stride, padding, high, dilation)
            tiles = _tiles(x, kernel, stride, padding, dilation, ceil_mode)
            if tiles is not None:
                return tiles.amax([3 + 2 * i for i in range(n)])
            return op(
                "reduce_window",
                [x],
                kind="max",
                window=kernel,
                strides=stride,
                pads_low=padding,
                pads_high=high,
                dilations=dilation,
            )

        return _batched(pool, input, n)

    function.__name__ = f"max_pool{n}d"
    return function


max_pool1d = _max_pool(1)
max_pool2d = _max_pool(2)
max_pool3d = _max_pool(3)


def max_pool1d_with_indices(input, *args, **kwargs):
    return max_pool1d(input, *args, **{**kwargs, "return_indices": True})


def max_pool2d_with_indices(input, *args, **kwargs):
    return max_pool2d(input, *args, **{**kwargs, "return_indices": True})


def max_pool3d_with_indices(input, *args, **kwargs):
    return max_pool3d(input, *args, **{**kwargs, "return_indices": True})


def _max_with_indices(x, n, kernel, stride, padding, high, dilation):
    """Each window's maximum and its place in the unpadded image, by looking at all windows side by side."""
    sizes = shape_of(x)[2:]
    low = [0, 0] + padding
    least = _braid.tensor(-math.inf, _braid.code(x))
    padded = op("pad", [x, least], low=low, high=[0, 0] + high, mode="constant")
    place = op("iota", [], dtype="i64", shape=[product(sizes)], axis=0)
    place = reshape(place, [1, 1] + list(sizes))
    place = op("pad", [place, _braid.tensor(0, "i64")], low=low, high=[0, 0] + high, mode="constant")
    windows, places = [gather_windows(t, n, kernel, stride, dilation) for t in (padded, place)]
    flat = list(shape_of(windows))[: 2 + n] + [product(kernel)]
    windows = windows.reshape(flat)
    places = places.reshape([1, 1] + flat[2:]).expand(flat)
    best = windows.argmax(-1, True)
    return windows.amax(-1), gather_unchecked(places, rank(places) - 1, best).squeeze(-1)


def _avg_pool(n):
    def function(
        input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
    ):
        kernel, padding = pair(kernel_size, n), pair(padding, n)
        stride = kernel if stride is None or stride == [] else pair(stride, n)
        one = [1] * n

        def total(x, low, high):
            return op(
                "reduce_window",
                [x],
                kind="sum",
                window=kernel,
                strides=stride,
                pads_low=low,
                pads_high=high,
                dilations=one,
            )

        def pool(x):
            tiles = _tiles(x, kernel, stride, padding, one, ceil_mode)
            if tiles is not None:
                dims = [3 + 2 * i for i in range(n)]
                return tiles.mean(dims) if divisor_override is None else tiles.sum(dims) / divisor_override
            sizes = list(shape_of(x)[2:])
            high = _span(sizes, kernel, stride, padding, one, ceil_mode)
            result = total(x, padding, high)
            if divisor_override is not None:
                return result / divisor_override
            if high == padding and (count_include_pad or all([p == 0 for p in padding])):
                return result / product(kernel)
            # The divisor differs from window to window: count what each covers.
            if count_include_pad:
                sizes = [s + 2 * p for s, p in zip(sizes, padding)]
                ones = _braid.full([1, 1] + sizes, 1, _braid.code(x))
                return result / total(ones, [0] * n, [h - p for h, p in zip(high, padding)])
            ones = _braid.full([1, 1] + sizes, 1, _braid.code(x))
            return result / total(ones, padding, high)

        return _batched(pool, input, n)

    function.__name__ = f"avg_pool{n}d"
    return function


avg_pool1d = _avg_pool(1)
avg_pool2d = _avg_pool(2)
avg_pool3d = _avg_pool(3)


def _lp_pool(n):
    average = _avg_pool(n)

    def function(input, norm_type, kernel_size, stride=None, ceil_mode=False):
        powers = input**norm_type
        kernel = pair(kernel_size, n)
        means = average(powers, kernel, stride, 0, ceil_mode)
        return (means.sign() * means.abs() * product(kernel)).relu() ** (1.0 / norm_type)

    return function


lp_pool1d = _lp_pool(1)
lp_pool2d = _lp_pool(2)
lp_pool3d = _lp_pool(3)


def _bounds(size, out):
    return [(i * size // out, -(-(i + 1) * size // out)) for i in range(out)]


def _covered(size, out):
    """`_bounds` of sizes known only at run time: which elements each window covers, and how many, as a column."""
    window = reshape(iota(out), [out, 1])
    place = iota(size)
    first = window * size // out
    last = -(-((window + 1) * size) // out)
    return (place >= first) & (place < last), last - first


def _targets(x, output_size, n):
    wanted = list(output_size) if isinstance(output_size, (tuple, list)) else [output_size] * n
    return [have if want is None else want for have, want in zip(shape_of(x)[-n:], wanted)]


def adaptive_avg_pool(input, output_size, n):
    """Windows differ in size unless sizes divide; they are boxes, so one dimension is averaged after the other."""

    def pool(x):
        for i, out in enumerate(_targets(x, output_size, n)):
            dim = 2 + i
            size = shape_of(x)[dim]
            if known_equal(size, out):
                continue
            if known_equal(out, 1):
                x = op("reduce_mean", [x], axes=[dim], keepdims=True)
            elif not (_braid.is_known(size) and _braid.is_known(out)):
                covered, count = _covered(size, out)
                x = weighted(x, dim, _braid.convert(covered, _braid.code(x)) / count)
            elif size % out == 0:
                x = _shorter(x, dim, out).mean(dim + 1)
            else:
                x = weighted(x, dim, _mean_weights(size, out))
        return x

    targets = _targets(input, output_size, n)
    if all([_braid.is_known(t) and t == 1 for t in targets]):
        dims = list(range(rank(input) - n, rank(input)))
        return op("reduce_mean", [input], axes=dims, keepdims=True)
    return _batched(pool, input, n)


def _shorter(x, dim, out):
    shape = list(shape_of(x))
    return x.reshape(shape[:dim] + [out, shape[dim] // out] + shape[dim + 1 :])


def _mean_weights(size, out):
    return [[1.0 / (b - a) if a <= j < b else 0.0 for j in range(size)] for a, b in _bounds(size, out)]


def weighted(x, dim, rows):
    """Dimension dim replaced by weighted sums along it, one for each row of weights."""
    if isinstance(rows, list):
        rows = _braid.tensor(rows, _braid.code(x))
    moved = dot_general(x, rows, [], [], [dim], [1])
    last = rank(x) - 1
    return moved.permute([d for d in range(dim)] + [last] + [d for d in range(dim, last)])


def adaptive_max_pool(input, output_size, n, return_indices=False):
    def pool(x):
        for i, out in enumerate(_targets(x, output_size, n)):
            dim = 2 + i
            size = shape_of(x)[dim]
            if known_equal(size, out):
                continue
            if known_equal(out, 1):
                x = op("reduce_max", [x], axes=[dim], keepdims=True)
            elif not (_braid.is_known(size) and _braid.is_known(out)):
                covered, _ = _covered(size, out)
                covered = reshape(covered, [out, size] + [1] * (rank(x) - dim - 1))
                x = x.unsqueeze(dim).masked_fill(~covered, -math.inf).amax(dim + 1)
            elif size % out == 0:
                x = _shorter(x, dim, out).amax(dim + 1)
            else:
                bounds = _bounds(size, out)
                widest = max([b - a for a, b in bounds])
                index = _braid.tensor([[min(a + j, b - 1) for j in range(widest)] for a, b in bounds], "i64")
                x = op("gather", [x, index], axis=dim).amax(dim + 1)
        return x

    if return_indices:
        return _batched(lambda x: _adaptive_max_with_indices(x, _targets(x, output_size, n), n), input, n)
    return _batched(pool, input, n)


def _adaptive_max_with_indices(x, targets, n):
    """As for fixed windows, over index tables: a window shorter than the widest repeats its last element."""
    sizes = list(shape_of(x)[2:])
    place = reshape(op("iota", [], dtype="i64", shape=[product(sizes)], axis=0), [1, 1] + sizes)
    windows, places, taps = x, place, []
    for i, (size, out) in enumerate(zip(sizes, targets)):
        bounds = _bounds(size, out)
        widest = max([b - a for a, b in bounds])
        taps.append(widest)
        index = _braid.tensor([[min(a + j, b - 1) for j in range(widest)] for a, b in bounds], "i64")
        windows = op("gather", [windows, index], axis=2 + 2 * i)
        places = op("gather", [places, index], axis=2 + 2 * i)
    order = [0, 1] + [2 + 2 * i for i in range(n)] + [3 + 2 * i for i in range(n)]
    flat = list(shape_of(x))[:2] + targets + [product(taps)]
    windows = windows.permute(order).reshape(flat)
    places = places.permute(order).reshape([1, 1] + flat[2:]).expand(flat)
    best = windows.argmax(-1, True)
    return windows.amax(-1), gather_unchecked(places, rank(places) - 1, best).squeeze(-1)


def adaptive_avg_pool1d(input, output_size):
    return adaptive_avg_pool(input, output_size, 1)


def adaptive_avg_pool2d(input, output_size):
    return adaptive_avg_pool(input, output_size, 2)


def adaptive_avg_pool3d(input, output_size):
    return adaptive_avg_pool(input, output_size, 3)


def adaptive_max_pool1d(input, output_size, return_indices=False):
    return adaptive_max_pool(input, output_size, 1, return_indices)


def adaptive_max_pool2d(input, output_size, return_indices=False):
    return adaptive_max_pool(input, output_size, 2, return_indices)


def adaptive_max_pool3d(input, output_size, return_indices=False):
    return adaptive_max_pool(input, output_size, 3, return_indices)


def _max_unpool(n):
    def function(input, indices, kernel_size, stride=None, padding=0, output_size=None):
        kernel, padding = pair(kernel_size, n), pair(padding, n)
        stride = kernel if stride is None else pair(stride, n)
        sizes = list(shape_of(input)[-n:])
        if output_size is None:
            out = [(s - 1) * t - 2 * p + k for s, t, p, k in zip(sizes, stride, padding, kernel)]
        else:
            out = list(output_size)[-n:]
        lead = list(shape_of(input)[:-n])
        empty = _braid.full(lead + [product(out)], 0, _braid.code(input))
        flat = lead + [product(sizes)]
        return empty.scatter(-1, indices.reshape(flat), input.reshape(flat)).reshape(lead + out)

    return function


max_unpool1d = _max_unpool(1)
max_unpool2d = _max_unpool(2)
max_unpool3d = _max_unpool(3)


def adaptive_max_pool1d_with_indices(input, output_size, return_indices=False):
    return adaptive_max_pool(input, output_size, 1, True)


def adaptive_max_pool2d_with_indices(input, output_size, return_indices=False):
    return adaptive_max_pool(input, output_size, 2, True)


def adaptive_max_pool3d_with_indices(input, output_size, return_indices=False):
    return adaptive_max_pool(input, output_size, 3, True)
