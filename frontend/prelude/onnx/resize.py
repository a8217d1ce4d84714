"""Resizing, one dimension after the other: each place of the result is a weighted sum of places of the source."""

import math

import _braid
import torch
from onnx._values import Ints, ints, op, tensor
from onnx.shape import known_axis


def _weights(x, scale, mode, a, antialias):
    """Distances of the taps from the places, and the function that makes weights of distances, with its reach."""
    scale = torch.clamp(scale, max=1.0) if antialias else torch.ones_like(scale)
    if mode == "linear":
        return (lambda d: torch.clamp(1 - torch.abs(d * scale), min=0.0)), 1 / scale

    def cubic(d):
        d = torch.abs(d * scale)
        near = ((a + 2) * d - (a + 3)) * d * d + 1
        far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
        return torch.where(d <= 1, near, torch.where(d < 2, far, torch.zeros_like(d)))

    return cubic, 2 / scale


def _resized(x, axis, size, scale, place, mode, nearest_mode, a, exclude_outside, antialias):
    n = x.shape[axis]
    if mode == "nearest":
        rounded = {
            "round_prefer_floor": lambda p: torch.ceil(p - 0.5),
            "round_prefer_ceil": lambda p: torch.floor(p + 0.5),
            "floor": torch.floor,
            "ceil": torch.ceil,
        }[nearest_mode](place)
        return _braid.op("gather", [x, torch.clamp(rounded.to(torch.int64), 0, n - 1)], axis=axis)
    weight, reach = _weights(x, scale, mode, a, antialias)
    shape = [1] * x.dim()
    shape[axis] = size
    if antialias:
        beyond = torch.ceil(reach).to(torch.int64).item() + 1
        taps = torch.arange(n + 2 * beyond) - beyond
        w = weight(taps - place.unsqueeze(1))
        if exclude_outside:
            w = torch.where((taps >= 0) & (taps < n), w, torch.zeros_like(w))
        w = w / w.sum(1, True)
        padded = _braid.op("gather", [x, torch.clamp(taps, 0, n - 1)], axis=axis)
        last = x.dim() - 1
        return (padded.transpose(axis, last) @ w.to(x.dtype).t()).transpose(axis, last)
    low = torch.floor(place)
    taps = [0, 1] if mode == "linear" else [-1, 0, 1, 2]
    weights = [weight(low + k - place) for k in taps]
    if exclude_outside:
        weights = [torch.where((low + k >= 0) & (low + k < n), w, torch.zeros_like(w)) for k, w in zip(taps, weights)]
        total = weights[0]
        for w in weights[1:]:
            total = total + w
        weights = [w / total for w in weights]
    result = None
    for k, w in zip(taps, weights):
        part = _braid.op("gather", [x, torch.clamp((low + k).to(torch.int64), 0, n - 1)], axis=axis)
        part = part * w.to(x.dtype).reshape(shape)
        result = part if result is None else result + part
    return result


def _places(size, n, scale, coordinate, start, end):
    """Where each of `size` results lies among `n` places of the source."""
    i = torch.arange(size).to(torch.float64)
    if coordinate == "asymmetric":
        return i / scale
    if coordinate == "tf_half_pixel_for_nn":
        return (i + 0.5) / scale
    # The size that the scale alone would give need not be whole.
    span = scale * n - 1
    span = torch.where(span == 0, torch.ones_like(span), span)
    if coordinate == "align_corners":
        return i * (n - 1) / span
    if coordinate == "tf_crop_and_resize":
        inner = start * (n - 1) + i * (end - start) * (n - 1) / span
        middle = 0.5 * (start + end) * (n - 1)
        return torch.where(torch.full_like(i, size) > 1, inner, middle)
    half = (i + 0.5) / scale - 0.5
    if coordinate == "half_pixel":
        return half
    if coordinate == "pytorch_half_pixel":
        return torch.where(torch.full_like(i, size) > 1, half, torch.zeros_like(half))
    if coordinate == "half_pixel_symmetric":
        adjustment = size / (scale * n)
        return n / 2 * (1 - adjustment) + half
    raise NotImplementedError(f"there is no coordinate_transformation_mode {coordinate}")


def _given_scales(x, scales, axes):
    """Sizes and scales for scales that are given."""
    values = tensor(scales).to(torch.float64)
    found = []
    for k, axis in enumerate(axes):
        n, scale = x.shape[axis], values[k]
        factor = scale.item()
        if _braid.is_known(factor) and factor == int(factor):
            size = n * int(factor)
        else:
            # What is a hair below a whole number is one: the scale is rounded to a float.
            size = torch.floor(scale * n + 1e-6).to(torch.int64).item()
        found.append((axis, size, scale, _braid.is_known(factor) and factor == 1))
    return found


def _given_sizes(x, sizes, axes, policy):
    sizes = ints(sizes)
    pairs = [(axis, size, torch.full([], size, dtype=torch.float64) / x.shape[axis]) for axis, size in zip(axes, sizes)]
    if policy == "stretch":
        return [(axis, size, scale, _braid.known_equal(size, x.shape[axis])) for axis, size, scale in pairs]
    common = pairs[0][2]
    for _, _, scale in pairs[1:]:
        common = torch.minimum(common, scale) if policy == "not_larger" else torch.maximum(common, scale)
    rounded = [(axis, torch.floor(common * x.shape[axis] + 0.5).to(torch.int64).item()) for axis, _, _ in pairs]
    return [(axis, size, common, False) for axis, size in rounded]


@op(ints=True)
def Resize(x, roi=None, scales=None, sizes=None, *, antialias=0, axes=None, coordinate_transformation_mode="half_pixel",
           cubic_coeff_a=-0.75, exclude_outside=0, extrapolation_value=0.0, keep_aspect_ratio_policy="stretch",
           mode="nearest", nearest_mode="round_prefer_floor"):
    x = tensor(x)
    axes = list(range(x.dim())) if axes is None else [known_axis(a, x.dim()) for a in axes]
    crops = coordinate_transformation_mode == "tf_crop_and_resize"
    region = tensor(roi).to(torch.float64) if crops else None
    if scales is not None and tensor(scales).dim() == 1 and _braid.known_equal(tensor(scales).shape[0], 0):
        scales = None
    if scales is None:
        found = _given_sizes(x, sizes, axes, keep_aspect_ratio_policy)
    else:
        found = _given_scales(x, scales, axes)
    dtype = x.dtype
    if not x.is_floating_point() and mode != "nearest":
        x = x.to(torch.float64)
    outside = None
    for k, (axis, size, scale, same) in enumerate(found):
        if same and not crops:
            continue
        n = x.shape[axis]
        start, end = (region[k], region[k + len(axes)]) if crops else (None, None)
        place = _places(size, n, scale, coordinate_transformation_mode, start, end)
        x = _resized(x, axis, size, scale, place, mode, nearest_mode, cubic_coeff_a, exclude_outside, antialias)
        if crops:
            shape = [1] * x.dim()
            shape[axis] = size
            beyond = ((place < 0) | (place > n - 1)).reshape(shape)
            outside = beyond if outside is None else outside | beyond
    if outside is not None:
        x = torch.where(outside, torch.full([], extrapolation_value, dtype=x.dtype), x)
    return x if x.dtype is dtype else torch.round(x).to(dtype)


@op(ints=True)
def Resize_10(x, scales, *, mode="nearest"):
    return Resize(x, None, scales, mode=mode, coordinate_transformation_mode="asymmetric", nearest_mode="floor")


@op(ints=True)
def Upsample_7(x, *, scales, mode="nearest"):
    return Resize_10(x, torch.tensor(scales), mode="linear" if mode == "bilinear" else mode)


@op(ints=True)
def CenterCropPad(x, shape, *, axes=None):
    x = tensor(x)
    sizes = ints(shape)
    axes = list(range(x.dim())) if axes is None else [known_axis(a, x.dim()) for a in axes]
    for axis, size in zip(axes, sizes):
        n = x.shape[axis]
        # Cropped to the smaller of both sizes, then filled up to the larger.
        kept = _braid.smaller(n, size)
        x = x.narrow(axis, (n - kept) // 2, kept)
        low, high = [0] * x.dim(), [0] * x.dim()
        low[axis] = (size - kept) // 2
        high[axis] = size - kept - low[axis]
        x = _braid.op("pad", [x, torch.zeros([], dtype=x.dtype)], low=low, high=high, mode="constant")
    return x


@op
def TensorScatter(past, update, write_indices=None, *, axis=-2, mode="linear"):
    axis = known_axis(axis, past.dim())
    size, steps, batch = past.shape[axis], update.shape[axis], past.shape[0]
    shape = [1] * past.dim()
    shape[axis] = steps
    places = torch.arange(steps).reshape(shape)
    if write_indices is not None:
        lead = [1] * past.dim()
        lead[0] = batch
        places = places + write_indices.to(torch.int64).reshape(lead)
    if mode == "circular":
        places = torch.remainder(places, size)
    places = places.expand(list(update.shape))
    message = "IndexError: place {0} is out of range for a cache of size {1}"
    places = _braid.check_index(places, size, False, message)
    return _braid.op("scatter_elements", [past, places, update], axis=axis, reduction="none")
