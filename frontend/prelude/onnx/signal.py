"""Fourier transforms and what goes with them."""

import math

import _braid
import torch
from onnx._types import dtype_of
from onnx._values import int_of, is_known, op, tensor


def _window(size, output_datatype, periodic, weights):
    """`weights[0] - weights[1] * cos(a) + weights[2] * cos(2 * a)` over one period of so many elements."""
    n = int_of(size)
    i = torch.arange(n).to(torch.float64)
    angle = i * (2 * math.pi) / (n if periodic else n - 1)
    values = weights[0] - weights[1] * torch.cos(angle)
    if len(weights) > 2:
        values = values + weights[2] * torch.cos(2 * angle)
    return values.to(dtype_of(output_datatype))


@op(ints=True)
def HannWindow(size, *, output_datatype=1, periodic=1):
    return _window(size, output_datatype, periodic, [0.5, 0.5])


@op(ints=True)
def HammingWindow(size, *, output_datatype=1, periodic=1):
    return _window(size, output_datatype, periodic, [25 / 46, 21 / 46])


@op(ints=True)
def BlackmanWindow(size, *, output_datatype=1, periodic=1):
    return _window(size, output_datatype, periodic, [0.42, 0.5, 0.08])


def _waves(rows, columns, length, dtype):
    """Cosine and sine of `2 * pi * row * column / length`."""
    turns = torch.arange(rows).reshape(-1, 1) * torch.arange(columns)
    # Whole turns taken off as integers, so that the angle is exact.
    angle = torch.remainder(turns, length).to(torch.float64) * (2 * math.pi) / length
    return torch.cos(angle).to(dtype), torch.sin(angle).to(dtype)


def _cut(x, n, length):
    """At most `length` of the n elements of the last dimension."""
    return x.narrow(-1, 0, _braid.smaller(n, length))


def _transform(x, length, axis, inverse, onesided):
    """The transform along a dimension, counted from the front, of real or complex numbers: [..., 1] or [..., 2]."""
    n = x.shape[axis]
    parts = x.shape[-1]
    if not _braid.is_known(parts):
        raise NotImplementedError("whether the numbers are real or complex must be known at compile time")
    last = x.dim() - 2
    re = x.select(-1, 0).transpose(axis, last)
    im = x.select(-1, 1).transpose(axis, last) if parts == 2 else None
    if inverse and onesided:
        if length is None:
            length = 2 * (n - 1)
        bins = length // 2 + 1
        re = _cut(re, n, bins)
        used = re.shape[-1]
        cos, sin = _waves(used, length, length, x.dtype)
        k = torch.arange(used)
        # All but the first frequency, and the middle one of an even length, stand for two.
        single = (k == 0) | (2 * k == length)
        weight = torch.where(single, 1.0, 2.0).to(x.dtype)
        result = (re * weight) @ cos
        if im is not None:
            result = result - (_cut(im, n, bins) * weight) @ sin
        return (result / length).transpose(axis, last).unsqueeze(-1)
    if length is None:
        length = n
    re = _cut(re, n, length)
    cos, sin = _waves(re.shape[-1], length // 2 + 1 if onesided else length, length, x.dtype)
    if inverse:
        sin = -sin
    real, imaginary = re @ cos, -(re @ sin)
    if im is not None:
        im = _cut(im, n, length)
        real, imaginary = real + im @ sin, imaginary + im @ cos
    result = torch.stack([real.transpose(axis, last), imaginary.transpose(axis, last)], -1)
    return result / length if inverse else result


@op(ints=True)
def DFT(x, dft_length=None, axis=None, *, inverse=0, onesided=0):
    x = tensor(x)
    length = None if dft_length is None else int_of(dft_length)
    rank = x.dim()
    at = -2 if axis is None else int_of(axis)
    if _braid.is_known(at):
        if at < -rank or at >= rank or at % rank == rank - 1:
            raise IndexError(f"axis {at} is out of range for {rank} dimensions, of which the last holds the numbers' parts")
        return _transform(x, length, at % rank, inverse, onesided)
    for dim in range(rank - 1):
        if at == dim or at == dim - rank:
            return _transform(x, length, dim, inverse, onesided)
    raise IndexError(f"the axis is out of range for {rank} dimensions")


@op(ints=True)
def DFT_17(x, dft_length=None, *, axis=1, inverse=0, onesided=0):
    x = tensor(x)
    length = None if dft_length is None else int_of(dft_length)
    return _transform(x, length, axis % x.dim(), inverse, onesided)


@op(ints=True)
def STFT(signal, frame_step, window=None, frame_length=None, *, onesided=1):
    signal = tensor(signal)
    step = int_of(frame_step)
    window = None if window is None else tensor(window)
    if frame_length is not None:
        length = int_of(frame_length)
    else:
        length = signal.shape[1] if window is None else window.shape[0]
    frames = (signal.shape[1] - length) // step + 1
    places = torch.arange(frames).reshape(-1, 1) * step + torch.arange(length)
    pieces = signal[:, places]
    if window is not None:
        pieces = pieces * window.reshape(-1, 1)
    return _transform(pieces, length, 2, 0, onesided)


@op(ints=True)
def MelWeightMatrix(num_mel_bins, dft_length, sample_rate, lower_edge_hertz, upper_edge_hertz, *, output_datatype=1):
    bins, length, rate = int_of(num_mel_bins), int_of(dft_length), int_of(sample_rate)
    low, high = [
        2595 * torch.log10(1 + tensor(edge).reshape([]).to(torch.float64) / 700)
        for edge in (lower_edge_hertz, upper_edge_hertz)
    ]
    mel = torch.arange(bins + 2).to(torch.float64) * ((high - low) / (bins + 2)) + low
    hertz = 700 * (10 ** (mel / 2595) - 1)
    edges = torch.floor((length + 1) * hertz / rate)
    lower, center, higher = [edges.narrow(0, k, bins) for k in range(3)]
    j = torch.arange(length // 2 + 1).to(torch.float64).reshape(-1, 1)
    rise, fall = center - lower, higher - center
    zero = torch.zeros_like(rise)
    up = torch.where(rise == 0, torch.where(j == center, 1.0, zero), torch.where((j >= lower) & (j <= center), (j - lower) / rise, zero))
    down = (j >= center) & (j < higher) & (fall > 0)
    return torch.where(down, (higher - j) / fall, up).to(dtype_of(output_datatype))
