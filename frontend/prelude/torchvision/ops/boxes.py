"""Boxes, as rows of two corners: (x1, y1, x2, y2)."""

import torch


def box_area(boxes):
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def box_iou(boxes1, boxes2):
    low = torch.max(boxes1[:, None, :2], boxes2[:, :2])
    high = torch.min(boxes1[:, None, 2:], boxes2[:, 2:])
    sides = (high - low).clamp(min=0)
    inter = sides[:, :, 0] * sides[:, :, 1]
    return inter / (box_area(boxes1)[:, None] + box_area(boxes2) - inter)


def nms(boxes, scores, iou_threshold):
    """The indices of the boxes that no better box overlaps, best first."""
    order = scores.sort(descending=True, stable=True).indices
    overlaps = box_iou(boxes[order], boxes[order]) > iou_threshold
    count = scores.shape[0]
    place = torch.arange(count)
    keep = torch.ones(count, dtype=torch.bool)
    best = torch.zeros((), dtype=torch.int64)
    while best < count:
        keep = keep & ~(overlaps[best] & keep[best] & (place > best))
        best = best + 1
    return order[keep]


def batched_nms(boxes, scores, idxs, iou_threshold):
    """`nms` among the boxes of each category: boxes are moved apart by category so that no two categories overlap."""
    if boxes.numel() == 0:
        return torch.empty((0,), dtype=torch.int64)
    offsets = idxs.to(boxes) * (boxes.max() + 1)
    return nms(boxes + offsets[:, None], scores, iou_threshold)


def clip_boxes_to_image(boxes, size):
    height, width = size
    xs = boxes[..., 0::2].clamp(min=0, max=width)
    ys = boxes[..., 1::2].clamp(min=0, max=height)
    return torch.stack((xs, ys), dim=boxes.dim()).reshape(boxes.shape)


def remove_small_boxes(boxes, min_size):
    ws, hs = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    return torch.where((ws >= min_size) & (hs >= min_size))[0]


def box_convert(boxes, in_fmt, out_fmt):
    if in_fmt == out_fmt:
        return boxes.clone()
    a, b, c, d = boxes.unbind(-1)
    if in_fmt == "xywh":
        corners = a, b, a + c, b + d
    elif in_fmt == "cxcywh":
        corners = a - 0.5 * c, b - 0.5 * d, a + 0.5 * c, b + 0.5 * d
    elif in_fmt == "xyxy":
        corners = a, b, c, d
    else:
        raise ValueError(f"Unsupported Bounding Box Conversions for given in_fmt {in_fmt} and out_fmt {out_fmt}")
    x1, y1, x2, y2 = corners
    if out_fmt == "xyxy":
        result = corners
    elif out_fmt == "xywh":
        result = x1, y1, x2 - x1, y2 - y1
    elif out_fmt == "cxcywh":
        result = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
    else:
        raise ValueError(f"Unsupported Bounding Box Conversions for given in_fmt {in_fmt} and out_fmt {out_fmt}")
    return torch.stack(result, dim=-1)
