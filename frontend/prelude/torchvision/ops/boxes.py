"""Boxes as (x1, y1, x2, y2)."""

import torch


def _float(x):
    return x if x.is_floating_point() else x.float()


def box_area(boxes):
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def _inter_union(boxes1, boxes2):
    low = torch.max(boxes1[:, None, :2], boxes2[:, :2])
    high = torch.min(boxes1[:, None, 2:], boxes2[:, 2:])
    size = (high - low).clamp(min=0)
    inter = size[:, :, 0] * size[:, :, 1]
    return inter, box_area(boxes1)[:, None] + box_area(boxes2) - inter


def box_iou(boxes1, boxes2):
    inter, union = _inter_union(boxes1, boxes2)
    return inter / union


def generalized_box_iou(boxes1, boxes2):
    inter, union = _inter_union(boxes1, boxes2)
    low = torch.min(boxes1[:, None, :2], boxes2[:, :2])
    high = torch.max(boxes1[:, None, 2:], boxes2[:, 2:])
    size = (high - low).clamp(min=0)
    area = size[:, :, 0] * size[:, :, 1]
    return inter / union - (area - union) / area


def distance_box_iou(boxes1, boxes2, eps=1e-7):
    boxes1, boxes2 = _float(boxes1), _float(boxes2)
    inter, union = _inter_union(boxes1, boxes2)
    low = torch.min(boxes1[:, None, :2], boxes2[:, :2])
    high = torch.max(boxes1[:, None, 2:], boxes2[:, 2:])
    size = (high - low).clamp(min=0)
    diagonal = size[:, :, 0] ** 2 + size[:, :, 1] ** 2 + eps
    centres1 = (boxes1[:, :2] + boxes1[:, 2:]) / 2
    centres2 = (boxes2[:, :2] + boxes2[:, 2:]) / 2
    return inter / union - ((centres1[:, None] - centres2[None]) ** 2).sum(2) / diagonal


def box_convert(boxes, in_fmt, out_fmt):
    known = ("xyxy", "xywh", "cxcywh")
    if in_fmt not in known or out_fmt not in known:
        raise ValueError(f"Unsupported Bounding Box Conversions for given formats {in_fmt} and {out_fmt}")
    if in_fmt == out_fmt:
        return boxes.clone()
    a, b, c, d = boxes.unbind(-1)
    if in_fmt == "xywh":
        c, d = a + c, b + d
    elif in_fmt == "cxcywh":
        a, b, c, d = a - 0.5 * c, b - 0.5 * d, a + 0.5 * c, b + 0.5 * d
    if out_fmt == "xywh":
        c, d = c - a, d - b
    elif out_fmt == "cxcywh":
        a, b, c, d = (a + c) / 2, (b + d) / 2, c - a, d - b
    return torch.stack((a, b, c, d), -1)


def clip_boxes_to_image(boxes, size):
    height, width = size
    x = boxes[..., 0::2].clamp(min=0, max=width)
    y = boxes[..., 1::2].clamp(min=0, max=height)
    return torch.stack((x, y), boxes.dim()).reshape(boxes.shape)


def remove_small_boxes(boxes, min_size):
    large = (boxes[:, 2] - boxes[:, 0] >= min_size) & (boxes[:, 3] - boxes[:, 1] >= min_size)
    return torch.where(large)[0]


def nms(boxes, scores, iou_threshold):
    """From the best score down, each kept box drops those after it that overlap it by more than the threshold."""
    order = scores.argsort(descending=True, stable=True)
    boxes = boxes[order]
    over = box_iou(boxes, boxes) > iou_threshold
    count = boxes.shape[0]
    places = torch.arange(count)
    kept = torch.ones(count, dtype=torch.bool)
    for i in range(count):
        kept = kept & ~(over[i] & kept[i] & (places > i))
    return order[kept]


def batched_nms(boxes, scores, idxs, iou_threshold):
    """Boxes of different classes are moved apart, so that they never overlap."""
    if boxes.numel() == 0:
        return torch.empty((0,), dtype=torch.int64)
    offsets = idxs.to(boxes.dtype) * (boxes.max() + 1)
    return nms(boxes + offsets[:, None], scores, iou_threshold)


def masks_to_boxes(masks):
    """The smallest box around the nonzero pixels of each mask."""
    height, width = masks.shape[-2:]
    there = masks != 0
    rows, columns = there.any(2), there.any(1)
    y, x = torch.arange(height), torch.arange(width)
    first = lambda hit, at, size: torch.where(hit, at, size).amin(1)
    last = lambda hit, at: torch.where(hit, at, -1).amax(1)
    return torch.stack((first(columns, x, width), first(rows, y, height), last(columns, x), last(rows, y)), 1).float()
