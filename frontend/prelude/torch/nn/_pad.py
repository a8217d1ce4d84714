"""Padding, resizing and sampling."""

import math

import _braid
from torch import _shape
from torch._core import convert, ints, iota, op, pair, rank, reshape, shape_of

_MODES = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "circular"}


def pad(input, pad, mode="constant", value=None):
    """Amounts are given for the last dimension first, before and after it."""
    pad = ints([pad])
    n = rank(input)
    if len(pad) % 2 or len(pad) // 2 > n:
        raise RuntimeError(f"Padding length should be even and at most twice the input's {n} dimensions, but got {len(pad)}")
    if mode not in _MODES:
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    low, high = [0] * n, [0] * n
    for i in range(len(pad) // 2):
        low[n - 1 - i] = pad[2 * i]
        high[n - 1 - i] = pad[2 * i + 1]
    if mode != "constant":
        return op("pad", [input], low=low, high=high, mode=_MODES[mode])
    fill = _braid.tensor(0 if value is None else value, _braid.code(input))
    return op("pad", [input, fill], low=low, high=high, mode="constant")


def interpolate(
    input,
    size=None,
    scale_factor=None,
    mode="nearest",
    align_corners=None,
    recompute_scale_factor=None,
    antialias=False,
):
    n = rank(input) - 2
    if (size is None) == (scale_factor is None):
        raise ValueError("either size or scale_factor should be defined, and not both")
    scales = []
    if size is None:
        factors = pair(scale_factor, n)
        size = [_scaled(d, f) for d, f in zip(shape_of(input)[2:], factors)]
        if not recompute_scale_factor and any([f != int(f) for f in factors]):
            scales = [float(f) for f in factors]
    else:
        size = pair(size, n)
    if mode == "area":
        from torch.nn._pool import adaptive_avg_pool

        return adaptive_avg_pool(input, size, n)
    if mode in ("nearest", "nearest-exact"):
        exact = mode == "nearest-exact"
        return op(
            "resize",
            [input],
            mode="nearest",
            sizes=size,
            coordinate="half_pixel" if exact else "asymmetric",
            nearest_rounding="round_prefer_ceil" if exact else "floor",
            scales=scales,
        )
    if mode not in ("linear", "bilinear", "trilinear", "bicubic"):
        raise NotImplementedError(f"interpolation mode '{mode}' is not supported")
    expected = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}[mode]
    if n != expected:
        raise NotImplementedError(f"Got {n + 2}D input, but {mode} mode needs {expected + 2}D input")
    if antialias:
        return _antialiased(input, size, mode, align_corners)
    return op(
        "resize",
        [input],
        mode="cubic" if mode == "bicubic" else "linear",
        sizes=size,
        coordinate="align_corners" if align_corners else "half_pixel",
        scales=[] if align_corners else scales,
    )


def _antialiased(input, size, mode, align_corners):
    """Each output is a weighted mean over a window that widens with the scale, one dimension after the other."""
    if mode != "bilinear" or align_corners:
        raise NotImplementedError("antialiased interpolation is supported for the bilinear mode without align_corners")
    from torch.nn._pool import weighted

    for i, out in enumerate(size):
        n = shape_of(input)[2 + i]
        if not (_braid.is_known(n) and _braid.is_known(out)):
            raise NotImplementedError("antialiased interpolation needs sizes known at compile time")
        scale = n / out
        reach = max(scale, 1.0)
        rows = []
        for j in range(out):
            centre = (j + 0.5) * scale
            first, last = max(0, int(centre - reach + 0.5)), min(n, int(centre + reach + 0.5))
            weights = [max(0.0, 1 - abs((k + 0.5 - centre) / reach)) if first <= k < last else 0.0 for k in range(n)]
            total = sum(weights)
            rows.append([w / total for w in weights])
        input = weighted(input, 2 + i, rows)
    return input


def _scaled(size, factor):
    if float(factor) == int(factor):
        return size * int(factor)
    if not _braid.is_known(size):
        raise NotImplementedError("a symbolic size can only be scaled by a whole number")
    return int(math.floor(size * factor))


def upsample(input, size=None, scale_factor=None, mode="nearest", align_corners=None):
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input, size=None, scale_factor=None):
    return interpolate(input, size, scale_factor, "nearest")


def upsample_bilinear(input, size=None, scale_factor=None):
    return interpolate(input, size, scale_factor, "bilinear", True)


def affine_grid(theta, size, align_corners=False):
    if len(size) != 4:
        raise NotImplementedError("affine_grid is supported for images (theta of shape [n, 2, 3])")
    import torch

    n, _, h, w = size
    ys, xs = [_grid_line(k, align_corners, theta) for k in (h, w)]
    base = torch.stack([xs.expand(h, w), ys.unsqueeze(1).expand(h, w), torch.ones(h, w, dtype=theta.dtype)], -1)
    return torch.matmul(base.reshape(1, h * w, 3), theta.transpose(1, 2)).reshape(n, h, w, 2)


def _grid_line(k, align_corners, like):
    index = convert(iota(k), like.dtype)
    if align_corners:
        return index * (2.0 / (k - 1)) - 1 if k > 1 else index
    return (index * 2 + 1) / k - 1


def grid_sample(input, grid, mode="bilinear", padding_mode="zeros", align_corners=None):
    if rank(input) != 4 or mode not in ("bilinear", "nearest") or padding_mode not in ("zeros", "border"):
        raise NotImplementedError("grid_sample is supported for images, bilinear or nearest, padded by zeros or the border")
    n, c, h, w = shape_of(input)
    x, y = _pixel(grid[..., 0], w, align_corners), _pixel(grid[..., 1], h, align_corners)
    if padding_mode == "border":
        x, y = x.clamp(0, w - 1), y.clamp(0, h - 1)
    if mode == "nearest":
        return _sampled(input, x.round(), y.round())
    x0, y0 = x.floor(), y.floor()
    fx, fy = (x - x0).unsqueeze(1), (y - y0).unsqueeze(1)
    return (
        _sampled(input, x0, y0) * (1 - fx) * (1 - fy)
        + _sampled(input, x0 + 1, y0) * fx * (1 - fy)
        + _sampled(input, x0, y0 + 1) * (1 - fx) * fy
        + _sampled(input, x0 + 1, y0 + 1) * fx * fy
    )


def _pixel(coordinate, size, align_corners):
    if align_corners:
        return (coordinate + 1) * ((size - 1) / 2)
    return ((coordinate + 1) * size - 1) / 2


def _sampled(input, x, y):
    """The pixels at whole coordinates, zero outside: [n, c, oh, ow]."""
    n, c, h, w = shape_of(input)
    inside = (x >= 0) & (x <= w - 1) & (y >= 0) & (y <= h - 1)
    place = y.clamp(0, h - 1).long() * w + x.clamp(0, w - 1).long()
    oh, ow = shape_of(x)[1:]
    flat = reshape(place, [n, 1, oh * ow]).expand(n, c, oh * ow)
    pixels = _shape.gather(input.reshape(n, c, h * w), 2, flat).reshape(n, c, oh, ow)
    return pixels * convert(inside, input.dtype).unsqueeze(1)
