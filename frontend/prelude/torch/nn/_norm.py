"""Normalisation."""

import _braid
from torch._core import elementwise, op, product, rank, reshape, shape_of
from torch._out import deliver


def _by_channel(x, n):
    """A vector over channels, shaped to meet [n, c, …] of rank n."""
    return reshape(x, [1, shape_of(x)[0]] + [1] * (n - 2))


def batch_norm(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    n = rank(input)
    if training or running_mean is None:
        dims = [0] + list(range(2, n))
        mean = op("reduce_mean", [input], axes=dims, keepdims=True)
        centred = input - mean
        variance = op("reduce_mean", [centred * centred], axes=dims, keepdims=True)
        result = centred * elementwise("rsqrt", [variance + eps], "float")
        if weight is not None:
            result = result * _by_channel(weight, n)
        return result if bias is None else result + _by_channel(bias, n)
    channels = shape_of(running_mean)
    if _braid.known_unequal(shape_of(input)[1], channels[0]):
        raise RuntimeError(
            f"running_mean should contain {shape_of(input)[1]} elements not {channels[0]}"
        )
    if weight is None:
        weight = _braid.full(channels, 1, _braid.code(input))
    if bias is None:
        bias = _braid.full(channels, 0, _braid.code(input))
    return op("batch_norm", [input, weight, bias, running_mean, running_var], epsilon=eps)


def _standardised(x, dims, eps):
    centred = x - op("reduce_mean", [x], axes=dims, keepdims=True)
    variance = op("reduce_mean", [centred * centred], axes=dims, keepdims=True)
    return centred * elementwise("rsqrt", [variance + eps], "float")


def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    k = len(normalized_shape)
    n = rank(input)
    if any([_braid.known_unequal(a, b) for a, b in zip(shape_of(input)[n - k :], normalized_shape)]) or k > n:
        raise RuntimeError(
            f"Given normalized_shape={list(normalized_shape)}, expected input with shape [*,"
            f" {', '.join([str(d) for d in normalized_shape])}], but got input of size {list(shape_of(input))}"
        )
    result = _standardised(input, list(range(n - k, n)), eps)
    if weight is not None:
        result = result * weight
    return result if bias is None else result + bias


def rms_norm(input, normalized_shape, weight=None, eps=None):
    n = rank(input)
    dims = list(range(n - len(normalized_shape), n))
    if eps is None:
        from torch._dtype import finfo

        eps = finfo(input.dtype).eps
    square = op("reduce_mean", [input * input], axes=dims, keepdims=True)
    result = input * elementwise("rsqrt", [square + eps], "float")
    return result if weight is None else result * weight


def group_norm(input, num_groups, weight=None, bias=None, eps=1e-5):
    shape = list(shape_of(input))
    if _braid.is_known(shape[1]) and shape[1] % num_groups:
        raise RuntimeError(
            f"Expected number of channels in input to be divisible by num_groups, but got input of shape {shape} and"
            f" num_groups={num_groups}"
        )
    grouped = reshape(input, [shape[0], num_groups, product(shape[1:]) // num_groups])
    result = reshape(_standardised(grouped, [2], eps), shape)
    if weight is not None:
        result = result * _by_channel(weight, len(shape))
    return result if bias is None else result + _by_channel(bias, len(shape))


def instance_norm(
    input, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True, momentum=0.1, eps=1e-5
):
    if not use_input_stats and running_mean is not None:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    n = rank(input)
    result = _standardised(input, list(range(2, n)), eps)
    if weight is not None:
        result = result * _by_channel(weight, n)
    return result if bias is None else result + _by_channel(bias, n)


def local_response_norm(input, size, alpha=1e-4, beta=0.75, k=1.0):
    """Each element over a power of the mean square of its neighbours across channels."""
    squares = (input * input).unsqueeze(1)
    shape = list(shape_of(squares))
    spatial = rank(input) - 2
    low, high = size // 2, (size - 1) // 2
    total = op(
        "reduce_window",
        [reshape(squares, shape[:3] + [product(shape[3:])])],
        kind="sum",
        window=[size, 1],
        strides=[1, 1],
        pads_low=[low, 0],
        pads_high=[high, 0],
        dilations=[1, 1],
    )
    mean = reshape(total, list(shape_of(input))) / size
    return input / (mean * alpha + k) ** beta


def normalize(input, p=2.0, dim=1, eps=1e-12, out=None):
    result = input / input.norm(p, dim, True).clamp(min=eps)
    return result if out is None else deliver(result, out)


def cosine_similarity(x1, x2, dim=1, eps=1e-8):
    dot = (x1 * x2).sum(dim)
    return dot / ((x1 * x1).sum(dim).sqrt().clamp(min=eps) * (x2 * x2).sum(dim).sqrt().clamp(min=eps))


def pairwise_distance(x1, x2, p=2.0, eps=1e-6, keepdim=False):
    return (x1 - x2 + eps).norm(p, -1, keepdim)


def pdist(input, p=2):
    import torch

    n = shape_of(input)[0]
    rows, columns = torch.triu_indices(n, n, 1)
    return (input[rows] - input[columns]).norm(p, -1)
