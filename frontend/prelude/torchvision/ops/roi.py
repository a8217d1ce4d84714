"""Features of regions of interest, and convolutions whose taps are moved."""

import math

import torch
from torch import nn
from torch.nn.modules.utils import _pair


def _regions(boxes):
    """Boxes as rows of (image, x1, y1, x2, y2)."""
    if isinstance(boxes, torch.Tensor):
        return boxes
    rows = [torch.cat([torch.full_like(b[:, :1], i), b], 1) for i, b in enumerate(boxes)]
    return torch.cat(rows, 0)


def _corners(at, size):
    """The neighbours below and above a coordinate, the weight of the upper, and whether it is inside at all."""
    inside = (at >= -1.0) & (at <= size)
    at = at.clamp(min=0)
    low = at.floor().clamp(max=size - 1)
    high = (low + 1).clamp(max=size - 1)
    weight = torch.where(low >= size - 1, 0.0, at - low)
    return low.long(), high.long(), weight, inside


def roi_align(input, boxes, output_size, spatial_scale=1.0, sampling_ratio=-1, aligned=False):
    if sampling_ratio <= 0:
        raise NotImplementedError(
            "roi_align takes a sampling_ratio above 0 here: without one the number of samples depends on each box"
        )
    rois = _regions(boxes)
    out_h, out_w = _pair(output_size)
    n, channels, height, width = input.shape
    offset = 0.5 if aligned else 0.0
    x1, y1, x2, y2 = (rois[:, 1:] * spatial_scale - offset).unbind(1)
    wide, high = x2 - x1, y2 - y1
    if not aligned:
        wide, high = wide.clamp(min=1.0), high.clamp(min=1.0)
    s = sampling_ratio

    def places(start, length, bins):
        steps = (torch.arange(bins * s, dtype=input.dtype) + 0.5) / s
        return start[:, None] + steps * (length / bins)[:, None]

    y0, y_next, wy, in_y = _corners(places(y1, high, out_h), height)
    x0, x_next, wx, in_x = _corners(places(x1, wide, out_w), width)
    rows = input.permute(0, 2, 3, 1).reshape(n * height * width, channels)
    image = rois[:, 0].long()[:, None, None] * (height * width)

    def at(y, x):
        return rows[image + y[:, :, None] * width + x[:, None, :]]

    wy, wx = wy[:, :, None, None], wx[:, None, :, None]
    top = at(y0, x0) * (1 - wx) + at(y0, x_next) * wx
    bottom = at(y_next, x0) * (1 - wx) + at(y_next, x_next) * wx
    value = torch.where((in_y[:, :, None] & in_x[:, None, :])[..., None], top * (1 - wy) + bottom * wy, 0.0)
    value = value.reshape(rois.shape[0], out_h, s, out_w, s, channels).mean((2, 4))
    return value.permute(0, 3, 1, 2)


def _rounded(x):
    """To the nearest whole number, halves away from zero, as C rounds."""
    return torch.where(x >= 0, (x + 0.5).floor(), (x - 0.5).ceil())


def roi_pool(input, boxes, output_size, spatial_scale=1.0):
    rois = _regions(boxes)
    out_h, out_w = _pair(output_size)
    height, width = input.shape[-2:]
    x1, y1, x2, y2 = _rounded(rois[:, 1:] * spatial_scale).unbind(1)

    def bins(start, stop, count, size):
        """Which coordinates are in which bin: [boxes, bins, size]."""
        length = (stop - start + 1).clamp(min=1)
        index = torch.arange(count, dtype=input.dtype)
        step = (length / count)[:, None]
        first = ((index * step).floor() + start[:, None]).clamp(0, size)
        last = (((index + 1) * step).ceil() + start[:, None]).clamp(0, size)
        at = torch.arange(size, dtype=input.dtype)
        return (at >= first[..., None]) & (at < last[..., None])

    lowest = -float("inf")
    picked = input[rois[:, 0].long()]
    in_rows = bins(y1, y2, out_h, height)[:, None, :, :, None]
    rows = torch.where(in_rows, picked[:, :, None], lowest).amax(3)
    in_columns = bins(x1, x2, out_w, width)[:, None, None]
    result = torch.where(in_columns, rows[:, :, :, None], lowest).amax(-1)
    return torch.where(result == lowest, 0.0, result)


def deform_conv2d(input, offset, weight, bias=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), mask=None):
    stride, padding, dilation = _pair(stride), _pair(padding), _pair(dilation)
    n, channels, height, width = input.shape
    out, per_group, kh, kw = weight.shape
    taps = kh * kw
    moved = offset.shape[1] // (2 * taps)
    if offset.shape[1] != 2 * taps * moved or moved == 0:
        raise RuntimeError(
            "the shape of the offset tensor at dimension 1 is not valid. It should be a multiple of"
            f" 2 * weight.size[2] * weight.size[3]. Got offset.shape[1]={offset.shape[1]}"
        )
    out_h, out_w = offset.shape[-2:]
    shifts = offset.reshape(n, moved, taps, 2, out_h, out_w)

    def places(axis, count, kernel_places):
        base = torch.arange(count) * stride[axis] - padding[axis]
        base = base.reshape((count, 1) if axis == 0 else (1, count))
        return (kernel_places * dilation[axis]).reshape(taps, 1, 1) + base + shifts[:, :, :, axis]

    kernel = torch.arange(taps)
    y, x = places(0, out_h, kernel // kw), places(1, out_w, kernel % kw)
    y0, x0 = y.floor(), x.floor()
    wy, wx = y - y0, x - x0
    flat = input.reshape(n, moved, channels // moved, height * width)
    size = taps * out_h * out_w

    def at(row, column, scale):
        there = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        index = row.clamp(0, height - 1) * width + column.clamp(0, width - 1)
        index = index.long().reshape(n, moved, 1, size).expand(n, moved, channels // moved, size)
        return flat.gather(3, index) * torch.where(there, scale, 0.0).reshape(n, moved, 1, size)

    columns = at(y0, x0, (1 - wy) * (1 - wx)) + at(y0, x0 + 1, (1 - wy) * wx)
    columns = columns + at(y0 + 1, x0, wy * (1 - wx)) + at(y0 + 1, x0 + 1, wy * wx)
    if mask is not None:
        columns = columns * mask.reshape(n, moved, 1, size)
    groups = channels // per_group
    columns = columns.reshape(n, groups, per_group * taps, out_h * out_w)
    result = weight.reshape(groups, out // groups, per_group * taps) @ columns
    result = result.reshape(n, out, out_h, out_w)
    return result if bias is None else result + bias.reshape(1, -1, 1, 1)


class RoIAlign(nn.Module):
    def __init__(self, output_size, spatial_scale, sampling_ratio, aligned=False):
        super().__init__()
        self.output_size = output_size
        self.spatial_scale = spatial_scale
        self.sampling_ratio = sampling_ratio
        self.aligned = aligned

    def forward(self, input, rois):
        return roi_align(input, rois, self.output_size, self.spatial_scale, self.sampling_ratio, self.aligned)


class RoIPool(nn.Module):
    def __init__(self, output_size, spatial_scale):
        super().__init__()
        self.output_size = output_size
        self.spatial_scale = spatial_scale

    def forward(self, input, rois):
        return roi_pool(input, rois, self.output_size, self.spatial_scale)


class DeformConv2d(nn.Module):
    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True
    ):
        super().__init__()
        if in_channels % groups or out_channels % groups:
            raise ValueError("in_channels and out_channels must be divisible by groups")
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = _pair(kernel_size)
        self.stride = _pair(stride)
        self.padding = _pair(padding)
        self.dilation = _pair(dilation)
        self.groups = groups
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels // groups, *self.kernel_size))
        if bias:
            self.bias = nn.Parameter(torch.randn(out_channels))
        else:
            self.register_parameter("bias", None)

    def forward(self, input, offset, mask=None):
        return deform_conv2d(
            input, offset, self.weight, self.bias, self.stride, self.padding, self.dilation, mask=mask
        )


class MultiScaleRoIAlign(nn.Module):
    """Each box is read from the level of the pyramid that suits its size."""

    def __init__(self, featmap_names, output_size, sampling_ratio, *, canonical_scale=224, canonical_level=4):
        super().__init__()
        self.featmap_names = featmap_names
        self.sampling_ratio = sampling_ratio
        self.output_size = _pair(output_size)
        self.canonical_scale = canonical_scale
        self.canonical_level = canonical_level

    def forward(self, x, boxes, image_shapes):
        features = [x[name] for name in self.featmap_names if name in x]
        rois = _regions(boxes)
        tallest = max([shape[0] for shape in image_shapes])
        scales = [2.0 ** round(math.log2(f.shape[-2] / tallest)) for f in features]
        if len(features) == 1:
            return roi_align(features[0], rois, self.output_size, scales[0], self.sampling_ratio)
        lowest, highest = -math.log2(scales[0]), -math.log2(scales[-1])
        area = (rois[:, 3] - rois[:, 1]) * (rois[:, 4] - rois[:, 2])
        level = (self.canonical_level + torch.log2(area.sqrt() / self.canonical_scale) + 1e-6).floor()
        level = level.clamp(lowest, highest) - lowest
        result = 0.0
        for i, (feature, scale) in enumerate(zip(features, scales)):
            pooled = roi_align(feature, rois, self.output_size, scale, self.sampling_ratio)
            result = torch.where((level == i)[:, None, None, None], pooled, result)
        return result
