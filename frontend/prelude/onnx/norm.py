"""Normalisations."""

import _braid
import torch
from onnx._types import dtype_of
from onnx._values import op


def _channels(v, x):
    return v.reshape([-1] + [1] * (x.dim() - 2))


@op
def BatchNormalization(x, scale, b, mean, var, *, outputs, epsilon=1e-5, momentum=0.9, training_mode=0, spatial=1):
    if not spatial:
        raise NotImplementedError("batch normalisation over each element (spatial=0) is not supported")
    if not training_mode:
        if outputs != 1:
            raise NotImplementedError("batch normalisation in training mode is supported from opset 14 on")
        scale, b = scale.to(x.dtype), b.to(x.dtype)
        return torch.nn.functional.batch_norm(x, mean.to(x.dtype), var.to(x.dtype), scale, b, eps=epsilon)
    dims = [0] + list(range(2, x.dim()))
    now = torch.mean(x, dim=dims)
    centred = x - _channels(now, x)
    spread = torch.mean(centred * centred, dim=dims)
    y = centred / _channels(torch.sqrt(spread + epsilon), x) * _channels(scale, x) + _channels(b, x)
    mean = mean * momentum + now.to(mean.dtype) * (1 - momentum)
    var = var * momentum + spread.to(var.dtype) * (1 - momentum)
    return (y, mean, var)[:outputs] if outputs > 1 else y


@op
def BatchNormalization_1(x, scale, b, mean, var, *, is_test=0, consumed_inputs=None, **given):
    if not is_test:
        raise NotImplementedError("batch normalisation while training (is_test=0) is supported from opset 14 on")
    return BatchNormalization(x, scale, b, mean, var, **given)


@op
def InstanceNormalization(x, scale, b, *, epsilon=1e-5, consumed_inputs=None):
    y, _, _ = _standardised(x, list(range(2, x.dim())), epsilon)
    return y * _channels(scale, x) + _channels(b, x)


def _standardised(x, dims, epsilon):
    mean = torch.mean(x, dim=dims, keepdim=True)
    centred = x - mean
    inverse = 1 / torch.sqrt(torch.mean(centred * centred, dim=dims, keepdim=True) + epsilon)
    return centred * inverse, mean, inverse


def _trailing(x, axis):
    return list(range(axis + x.dim() if axis < 0 else axis, x.dim()))


@op
def LayerNormalization(x, scale, b=None, *, outputs, axis=-1, epsilon=1e-5, stash_type=1):
    y, mean, inverse = _standardised(x.to(dtype_of(stash_type)), _trailing(x, axis), epsilon)
    y = y.to(x.dtype) * scale
    y = y if b is None else y + b
    return (y, mean, inverse)[:outputs] if outputs > 1 else y


@op
def RMSNormalization(x, scale, *, axis=-1, epsilon=1e-5, stash_type=1):
    wide = x.to(dtype_of(stash_type))
    rms = torch.sqrt(torch.mean(wide * wide, dim=_trailing(x, axis), keepdim=True) + epsilon)
    return ((wide / rms).to(x.dtype) * scale).to(scale.dtype)


def _grouped(x, groups, epsilon, stash_type):
    sizes = list(x.shape)
    wide = x.to(dtype_of(stash_type)).reshape([sizes[0], groups, -1])
    y, _, _ = _standardised(wide, [2], epsilon)
    return y.to(x.dtype)


@op
def GroupNormalization_18(x, scale, bias, *, epsilon=1e-5, num_groups):
    y = _grouped(x, num_groups, epsilon, 1) * scale.reshape([-1, 1]) + bias.reshape([-1, 1])
    return y.reshape(x.shape)


@op
def GroupNormalization(x, scale, bias, *, epsilon=1e-5, num_groups, stash_type=1):
    y = _grouped(x, num_groups, epsilon, stash_type).reshape(x.shape)
    return y * _channels(scale, x) + _channels(bias, x)


@op
def LRN(x, *, alpha=1e-4, beta=0.75, bias=1.0, size):
    n, c = x.shape[0], x.shape[1]
    low = (size - 1) // 2
    square = (x * x).reshape([n, 1, c, -1])
    total = _braid.op("reduce_window", [square], kind="sum", window=[size, 1], pads_low=[low, 0], pads_high=[size - 1 - low, 0])
    return x / torch.pow(bias + alpha / size * total.reshape(x.shape), beta)


@op
def MeanVarianceNormalization(x, *, axes=(0, 2, 3)):
    mean = torch.mean(x, dim=list(axes), keepdim=True)
    centred = x - mean
    return centred / (torch.sqrt(torch.mean(centred * centred, dim=list(axes), keepdim=True)) + 1e-9)


@op
def LpNormalization(x, *, axis=-1, p=2):
    if p == 1:
        norm = torch.sum(torch.abs(x), dim=axis, keepdim=True)
    else:
        norm = torch.sqrt(torch.sum(x * x, dim=axis, keepdim=True))
    return x / torch.where(norm == 0, torch.ones_like(norm), norm)
