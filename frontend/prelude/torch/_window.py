"""Windows of signal processing."""

import math

import _braid
from torch import _creation, _math
from torch._core import convert, iota


def _window(length, periodic, dtype, shape):
    """`shape` of the angle 2 pi k / (length - 1), or / length for one period of a periodic window."""
    if length <= 1:
        return _creation.ones(length, dtype=dtype or "float32")
    steps = length if periodic else length - 1
    return convert(shape(_braid.convert(iota(length), "f64") * (2 * math.pi / steps)), dtype or "float32")


def hann_window(window_length, periodic=True, *, dtype=None, layout=None, device=None, requires_grad=False):
    return _window(window_length, periodic, dtype, lambda t: 0.5 - 0.5 * _math.cos(t))


def hamming_window(
    window_length, periodic=True, alpha=0.54, beta=0.46, *, dtype=None, layout=None, device=None, requires_grad=False
):
    return _window(window_length, periodic, dtype, lambda t: alpha - beta * _math.cos(t))


def blackman_window(window_length, periodic=True, *, dtype=None, layout=None, device=None, requires_grad=False):
    return _window(window_length, periodic, dtype, lambda t: 0.42 - 0.5 * _math.cos(t) + 0.08 * _math.cos(2 * t))


def bartlett_window(window_length, periodic=True, *, dtype=None, layout=None, device=None, requires_grad=False):
    return _window(window_length, periodic, dtype, lambda t: 1 - _math.abs(t / math.pi - 1))


def kaiser_window(window_length, periodic=True, beta=12.0, *, dtype=None, layout=None, device=None, requires_grad=False):
    def shape(t):
        x = t / math.pi - 1
        return _math.i0(beta * _math.sqrt((1 - x * x).clamp(min=0))) / _math.i0(_creation.full([1], beta, dtype="float64"))

    return _window(window_length, periodic, dtype, shape)
