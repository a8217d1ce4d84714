"""Sampling of images at computed places, and boxes."""

import _braid
import torch
from onnx._values import Ints, int_of, ints, op, tensor


def _rows(x):
    """Images [n, c, ...] as one row of channels for each pixel: [n * pixels, c]."""
    n, c = x.shape[0], x.shape[1]
    return x.reshape(n, c, -1).transpose(1, 2).reshape(-1, c)


@op
def GridSample(x, grid, *, align_corners=0, mode="linear", padding_mode="zeros"):
    sizes = list(x.shape[2:])
    if grid.shape[-1] != len(sizes):
        raise ValueError(f"the grid's last dimension must be {len(sizes)}, one for each dimension of the image")
    places = []
    for k, size in enumerate(sizes):
        g = grid.select(-1, len(sizes) - 1 - k)
        place = (g + 1) * 0.5 * (size - 1) if align_corners else ((g + 1) * size - 1) * 0.5
        if mode == "nearest":
            place = torch.round(place)
        places.append(_inside(place, size, align_corners, padding_mode))
    # For each dimension the neighbours of each place, with their weights.
    neighbours = []
    for place in places:
        low = torch.floor(place)
        d = place - low
        if mode == "nearest":
            neighbours.append([(place, None)])
        elif mode in ("linear", "bilinear"):
            neighbours.append([(low, 1 - d), (low + 1, d)])
        elif mode in ("cubic", "bicubic"):
            neighbours.append([(low + (k - 1), w) for k, w in enumerate(_cubic(d))])
        else:
            raise NotImplementedError(f"there is no mode {mode}")
    rows = _rows(x)
    batch = torch.arange(x.shape[0]).reshape([-1] + [1] * len(sizes))
    result = None
    for choice in _choices(neighbours):
        index, weight = batch, None
        for (place, w), size in zip(choice, sizes):
            if padding_mode == "zeros":
                inside = (place >= 0) & (place <= size - 1)
                w = inside.to(x.dtype) if w is None else torch.where(inside, w, torch.zeros_like(w))
            place = _inside(place, size, align_corners, padding_mode)
            index = index * size + torch.clamp(place, 0, size - 1).to(torch.int64)
            if w is not None:
                weight = w if weight is None else weight * w
        pixels = rows[index]
        if weight is not None:
            pixels = pixels * weight.unsqueeze(-1).to(x.dtype)
        result = pixels if result is None else result + pixels
    order = [0, len(sizes) + 1] + list(range(1, len(sizes) + 1))
    return result.permute(order)


def _choices(neighbours):
    if not neighbours:
        return [[]]
    rest = _choices(neighbours[1:])
    return [[first] + others for first in neighbours[0] for others in rest]


def _inside(place, size, align_corners, padding_mode):
    """Places outside of the image brought inside, as the padding has it."""
    if padding_mode == "zeros":
        return place
    if padding_mode == "border":
        return torch.clamp(place, 0, size - 1)
    if padding_mode != "reflection":
        raise NotImplementedError(f"there is no padding mode {padding_mode}")
    low, high = (0, size - 1) if align_corners else (-0.5, size - 0.5)
    span = high - low
    if span == 0:
        return torch.zeros_like(place)
    below = place < low
    beyond = torch.where(below, low - place, place - high)
    turns = torch.floor(beyond / span)
    rest = beyond - turns * span
    even = torch.remainder(turns, 2) == 0
    # An even number of turns ends at the border that was crossed.
    from_low = below == even
    reflected = torch.where(from_low, low + rest, high - rest)
    return torch.where(below | (place > high), reflected, place)


def _cubic(d, a=-0.75):
    def near(t):
        return ((a + 2) * t - (a + 3)) * t * t + 1

    def far(t):
        return ((a * t - 5 * a) * t + 8 * a) * t - 4 * a

    return [far(d + 1), near(d), near(1 - d), far(2 - d)]


@op(ints=True)
def AffineGrid(theta, size, *, align_corners=0):
    theta, sizes = tensor(theta), ints(size)
    spatial = sizes[2:]
    n = len(spatial)
    places = []
    for k, extent in enumerate(spatial):
        i = torch.arange(extent).to(theta.dtype)
        place = i * 2 / (extent - 1) - 1 if align_corners else (2 * i + 1) / extent - 1
        places.append(place.reshape([extent if j == k else 1 for j in range(n)]).expand(spatial))
    # x belongs to the last dimension.
    points = torch.stack(places[::-1] + [torch.ones_like(places[0])], -1).reshape(-1, n + 1)
    grid = points @ theta.transpose(1, 2)
    return grid.reshape([sizes[0]] + spatial + [n])


def _roi_axis(start, extent, bins, samples, size):
    """Along one axis: places of the samples of all boxes, as the two pixels around each with their weights."""
    at = (torch.arange(bins * samples).to(start.dtype) + 0.5) / samples
    place = start.unsqueeze(1) + at * (extent / bins).unsqueeze(1)
    inside = ((place >= -1) & (place <= size)).to(start.dtype)
    place = torch.clamp(place, 0, size - 1)
    low = torch.floor(place)
    high = torch.clamp(low + 1, 0, size - 1)
    d = place - low
    return [(low.to(torch.int64), (1 - d) * inside), (high.to(torch.int64), d * inside)]


def _roi_align(x, rois, batch, mode, output_height, output_width, sampling_ratio, spatial_scale, half_pixel):
    if sampling_ratio <= 0:
        raise NotImplementedError("a sampling_ratio of 0, where the number of samples depends on each box, is not supported")
    h, w = x.shape[2], x.shape[3]
    batch = _braid.check_index(batch.to(torch.int64), x.shape[0], False, "IndexError: batch index {0} is out of range for {1} images")
    offset = 0.5 if half_pixel else 0.0
    x1, y1, x2, y2 = [rois.select(1, k) * spatial_scale - offset for k in range(4)]
    width, height = x2 - x1, y2 - y1
    if not half_pixel:
        width, height = torch.clamp(width, min=1.0), torch.clamp(height, min=1.0)
    s = sampling_ratio
    vertical = _roi_axis(y1, height, output_height, s, h)
    horizontal = _roi_axis(x1, width, output_width, s, w)
    rows = _rows(x)
    parts = []
    for y, wy in vertical:
        for xx, wx in horizontal:
            index = (batch.reshape(-1, 1, 1) * h + y.unsqueeze(2)) * w + xx.unsqueeze(1)
            parts.append(rows[index] * (wy.unsqueeze(2) * wx.unsqueeze(1)).unsqueeze(-1))
    shape = [rois.shape[0], output_height, s, output_width, s, x.shape[1]]
    if mode == "max":
        best = torch.maximum(torch.maximum(parts[0], parts[1]), torch.maximum(parts[2], parts[3]))
        result = torch.amax(best.reshape(shape), (2, 4))
    elif mode == "avg":
        result = (parts[0] + parts[1] + parts[2] + parts[3]).reshape(shape).mean((2, 4))
    else:
        raise NotImplementedError(f"there is no mode {mode}")
    return result.permute(0, 3, 1, 2)


@op
def RoiAlign(x, rois, batch_indices, *, coordinate_transformation_mode="half_pixel", mode="avg", output_height=1,
             output_width=1, sampling_ratio=0, spatial_scale=1.0):
    half_pixel = coordinate_transformation_mode == "half_pixel"
    return _roi_align(x, rois, batch_indices, mode, output_height, output_width, sampling_ratio, spatial_scale, half_pixel)


@op
def RoiAlign_10(x, rois, batch_indices, *, mode="avg", output_height=1, output_width=1, sampling_ratio=0,
                spatial_scale=1.0):
    return _roi_align(x, rois, batch_indices, mode, output_height, output_width, sampling_ratio, spatial_scale, False)


@op
def NonMaxSuppression(boxes, scores, max_output_boxes_per_class=None, iou_threshold=None, score_threshold=None, *,
                      center_point_box=0):
    a, b, c, d = [boxes.select(2, k) for k in range(4)]
    if center_point_box:
        x1, x2, y1, y2 = a - c / 2, a + c / 2, b - d / 2, b + d / 2
    else:
        y1, y2 = torch.minimum(a, c), torch.maximum(a, c)
        x1, x2 = torch.minimum(b, d), torch.maximum(b, d)
    limit = 0 if max_output_boxes_per_class is None else max_output_boxes_per_class.reshape([])
    threshold = 0.0 if iou_threshold is None else iou_threshold.reshape([])
    count = scores.shape[2]
    chosen = []
    for image in range(scores.shape[0]):
        for kind in range(scores.shape[1]):
            score = scores.select(0, image).select(0, kind)
            order = score.argsort(descending=True, stable=True)
            left, right = x1.select(0, image)[order], x2.select(0, image)[order]
            top, bottom = y1.select(0, image)[order], y2.select(0, image)[order]
            area = (right - left) * (bottom - top)
            kept = torch.ones(count, dtype=torch.bool)
            if score_threshold is not None:
                kept = score[order] > score_threshold.reshape([])
            places = torch.arange(count)
            for i in range(count):
                width = torch.clamp(torch.minimum(right, right[i]) - torch.maximum(left, left[i]), min=0.0)
                height = torch.clamp(torch.minimum(bottom, bottom[i]) - torch.maximum(top, top[i]), min=0.0)
                common = width * height
                overlaps = (common > 0) & (common / (area + area[i] - common) > threshold)
                kept = kept & ~(overlaps & kept[i] & (places > i))
            kept = kept & (torch.cumsum(kept.to(torch.int64), 0) <= limit)
            found = order[kept]
            first = torch.full_like(found, image)
            chosen.append(torch.stack([first, torch.full_like(found, kind), found], 1))
    return torch.cat(chosen, 0)
