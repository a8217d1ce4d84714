"""Activation functions."""

import _braid
from torch import _math
from torch._core import convert, op, rank, reshape, shape_of, to_float, tracing, write
from torch._creation import rand_like
from torch._math import sigmoid, tanh


def _row(name, row, **fixed):
    def function(input, inplace=False):
        return _kept(input, op(row, [to_float(input)], **fixed), inplace)

    function.__name__ = name
    return function


def _kept(input, result, inplace):
    return write(input, result) if inplace else result


def relu(input, inplace=False):
    return _kept(input, op("relu", [input]), inplace)


silu = swish = _row("silu", "silu")
mish = _row("mish", "mish")
selu = _row("selu", "selu")
hardswish = _row("hardswish", "hard_swish")
hardsigmoid = _row("hardsigmoid", "hard_sigmoid")
softsign = _row("softsign", "softsign")
logsigmoid = _row("logsigmoid", "log_sigmoid")


def relu6(input, inplace=False):
    return hardtanh(input, 0.0, 6.0, inplace)


def hardtanh(input, min_val=-1.0, max_val=1.0, inplace=False):
    return _kept(input, _math.clamp(input, min_val, max_val), inplace)


def gelu(input, approximate="none"):
    return op("gelu", [input], approximate=approximate)


def leaky_relu(input, negative_slope=0.01, inplace=False):
    return _kept(input, op("leaky_relu", [input], slope=float(negative_slope)), inplace)


def elu(input, alpha=1.0, inplace=False):
    return _kept(input, op("elu", [input], alpha=float(alpha)), inplace)


def celu(input, alpha=1.0, inplace=False):
    return _kept(input, op("celu", [input], alpha=float(alpha)), inplace)


def threshold(input, threshold, value, inplace=False):
    return _kept(input, op("threshold", [input], threshold=float(threshold), value=float(value)), inplace)


def softplus(input, beta=1.0, threshold=20.0):
    return op("softplus", [input], beta=float(beta), threshold=float(threshold))


def hardshrink(input, lambd=0.5):
    return op("hard_shrink", [input], **{"lambda": float(lambd)})


def softshrink(input, lambd=0.5):
    return op("soft_shrink", [input], **{"lambda": float(lambd)})


def tanhshrink(input):
    return input - tanh(input)


def prelu(input, weight):
    if weight.numel() != 1 and rank(input) > 1:
        weight = reshape(weight, [1, weight.numel()] + [1] * (rank(input) - 2))
    return _math.where(input > 0, input, weight * input)


def rrelu(input, lower=1.0 / 8, upper=1.0 / 3, training=False, inplace=False):
    slope = (lower + upper) / 2
    if training:
        slope = rand_like(input) * (upper - lower) + lower
    return _kept(input, _math.where(input >= 0, input, input * slope), inplace)


def glu(input, dim=-1):
    a, b = input.chunk(2, dim)
    return a * sigmoid(b)


def _legacy_dim(n):
    """What PyTorch takes when no dimension is given."""
    return 0 if n in (0, 1, 3) else 1


def softmax(input, dim=None, _stacklevel=3, dtype=None):
    return _math.softmax(input, _legacy_dim(rank(input)) if dim is None else dim, dtype)


def log_softmax(input, dim=None, _stacklevel=3, dtype=None):
    return _math.log_softmax(input, _legacy_dim(rank(input)) if dim is None else dim, dtype)


def softmin(input, dim=None, _stacklevel=3, dtype=None):
    return softmax(-input, dim, dtype=dtype)


def gumbel_softmax(logits, tau=1, hard=False, eps=1e-10, dim=-1):
    noise = -_math.log(-_math.log(rand_like(logits).clamp(min=1e-20)))
    soft = _math.softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    index = soft.argmax(dim, True)
    return _braid.full(shape_of(logits), 0, _braid.code(logits)).scatter(dim, index, 1.0)


def relu_(input):
    return relu(input, True)


def leaky_relu_(input, negative_slope=0.01):
    return leaky_relu(input, negative_slope, True)


def elu_(input, alpha=1.0):
    return elu(input, alpha, True)


def selu_(input):
    return selu(input, True)


def celu_(input, alpha=1.0):
    return celu(input, alpha, True)


def hardtanh_(input, min_val=-1.0, max_val=1.0):
    return hardtanh(input, min_val, max_val, True)


def threshold_(input, threshold_value, value):
    return threshold(input, threshold_value, value, True)


def dropout(input, p=0.5, training=True, inplace=False):
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    return _kept(input, _dropped(input, p, shape_of(input)), inplace) if training and p > 0 else input


def _dropped(x, p, shape):
    """Elements are dropped together where the shape of the draw is 1."""
    if p == 1:
        return x * 0.0
    if not tracing():
        return _braid.poison(shape_of(x), _braid.code(x), "dropout")
    keep = op("random_uniform", [], dtype="f32", shape=shape) >= p
    return x * convert(keep, x.dtype) * (1.0 / (1.0 - p))


def _by_channel(input, p, training, inplace, spatial):
    if not training or p == 0:
        return input
    shape = list(shape_of(input))
    return _kept(input, _dropped(input, p, shape[: len(shape) - spatial] + [1] * spatial), inplace)


def dropout1d(input, p=0.5, training=True, inplace=False):
    return _by_channel(input, p, training, inplace, 1)


def dropout2d(input, p=0.5, training=True, inplace=False):
    return _by_channel(input, p, training, inplace, 2)


def dropout3d(input, p=0.5, training=True, inplace=False):
    return _by_channel(input, p, training, inplace, 3)


def dropout_(input, p=0.5, training=True):
    return dropout(input, p, training, True)


def alpha_dropout(input, p=0.5, training=False, inplace=False):
    if training and p > 0:
        raise NotImplementedError("alpha_dropout in training mode is not supported")
    return input


feature_alpha_dropout = alpha_dropout


def rrelu_(input, lower=1.0 / 8, upper=1.0 / 3, training=False):
    return rrelu(input, lower, upper, training, True)
