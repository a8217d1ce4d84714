"""Transforms of tensors, as functions."""

import torch


class InterpolationMode:
    NEAREST = "nearest"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"


def normalize(tensor, mean, std, inplace=False):
    mean = torch.as_tensor(mean, dtype=tensor.dtype).reshape(-1, 1, 1)
    std = torch.as_tensor(std, dtype=tensor.dtype).reshape(-1, 1, 1)
    return (tensor - mean) / std


def resize(img, size, interpolation=InterpolationMode.BILINEAR, *args, **kwargs):
    batched = img.dim() == 4
    x = img if batched else img.unsqueeze(0)
    if isinstance(size, int):
        h, w = x.shape[-2:]
        size = [size, size * w // h] if h <= w else [size * h // w, size]
    corners = None if interpolation == "nearest" else False
    x = torch.nn.functional.interpolate(x, list(size), None, interpolation, corners)
    return x if batched else x.squeeze(0)


def center_crop(img, output_size):
    h, w = (output_size, output_size) if isinstance(output_size, int) else output_size
    top, left = (img.shape[-2] - h) // 2, (img.shape[-1] - w) // 2
    return img[..., top : top + h, left : left + w]


def hflip(img):
    return img.flip(-1)


def vflip(img):
    return img.flip(-2)


def crop(img, top, left, height, width):
    return img[..., top : top + height, left : left + width]


def pad(img, padding, fill=0, padding_mode="constant"):
    if isinstance(padding, int):
        padding = [padding] * 4
    left, top, right, bottom = padding
    return torch.nn.functional.pad(img, [left, right, top, bottom], padding_mode, fill)
