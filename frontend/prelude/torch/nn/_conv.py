"""Linear maps: dense layers, embeddings, convolutions and their transposes."""

import _braid
from torch._core import convert, op, pair, rank, reshape, shape_of
from torch._linalg import dot_general


def linear(input, weight, bias=None):
    if _braid.known_unequal(shape_of(input)[-1], shape_of(weight)[-1]):
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied (input of shape {_shown(input)} and weight of shape"
            f" {_shown(weight)}): expected the input's last dimension to be {shape_of(weight)[-1]}"
        )
    result = dot_general(input, weight, [], [], [rank(input) - 1], [rank(weight) - 1])
    return result if bias is None else result + bias


def _shown(x):
    return "[" + ", ".join([str(n) for n in shape_of(x)]) + "]"


def bilinear(input1, input2, weight, bias=None):
    import torch

    result = torch.einsum("...i,oij,...j->...o", input1, weight, input2)
    return result if bias is None else result + bias


def embedding(input, weight, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False):
    if max_norm is not None:
        size = weight.norm(norm_type, 1, True)
        weight = weight * _braid.select(size > max_norm, max_norm / (size + 1e-7), 1.0)
    if _braid.code(input) not in ("i64", "i32"):
        raise RuntimeError(f"Expected tensor for argument #1 'indices' to have scalar type Long or Int, but got {input.dtype}")
    _braid.check_index(input, shape_of(weight)[0], False, "IndexError: index out of range in self")
    return op("gather", [weight, input], axis=0)


def embedding_bag(
    input,
    weight,
    offsets=None,
    max_norm=None,
    norm_type=2,
    scale_grad_by_freq=False,
    mode="mean",
    sparse=False,
    per_sample_weights=None,
    include_last_offset=False,
    padding_idx=None,
):
    if rank(input) == 1:
        if offsets is None:
            raise ValueError("offsets has to be a 1D Tensor when input is 1D")
        return _bags(input, weight, offsets, mode, per_sample_weights, include_last_offset)
    rows = embedding(input, weight, max_norm=max_norm, norm_type=norm_type)
    if padding_idx is not None:
        raise NotImplementedError("padding_idx of embedding bags is not supported")
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.unsqueeze(-1)
    if mode == "sum":
        return rows.sum(1)
    return rows.mean(1) if mode == "mean" else rows.amax(1)


def _bags(input, weight, offsets, mode, per_sample_weights, include_last_offset):
    """Bags of one list: position p is in bag i if it lies between offsets i and i + 1."""
    n = shape_of(input)[0]
    if include_last_offset:
        offsets = offsets.narrow(0, 0, shape_of(offsets)[0] - 1)
    place = op("iota", [], dtype="i64", shape=[n], axis=0)
    bag = (offsets.unsqueeze(0) <= place.unsqueeze(1)).sum(1) - 1
    member = bag.unsqueeze(0) == op("iota", [], dtype="i64", shape=[shape_of(offsets)[0]], axis=0).unsqueeze(1)
    rows = embedding(input, weight)
    if mode == "max":
        return _braid.select(member.unsqueeze(-1), rows.unsqueeze(0), float("-inf")).amax(1)
    member = convert(member, rows.dtype)
    if per_sample_weights is not None:
        member = member * per_sample_weights
    if mode == "mean":
        member = member / member.sum(1, True).clamp(min=1)
    return dot_general(member, rows, [], [], [1], [0])


def one_hot(tensor, num_classes=-1):
    if _braid.is_known(num_classes) and num_classes == -1:
        num_classes = int(tensor.max()) + 1
    _braid.check_index(tensor.clamp(max=0), 1, False, "RuntimeError: Class values must be non-negative.")
    message = "RuntimeError: Class values must be smaller than num_classes."
    _braid.check_index(tensor.clamp(min=0), num_classes, False, message)
    return op("one_hot", [tensor], depth=num_classes, dtype="i64")


def _padding(padding, weight, stride, dilation, n):
    """Padding before and after each spatial dimension."""
    if padding == "valid":
        return [0] * n, [0] * n
    if padding == "same":
        if any([s != 1 for s in stride]):
            raise RuntimeError("padding='same' is not supported for strided convolutions")
        total = [d * (k - 1) for d, k in zip(dilation, shape_of(weight)[2:])]
        return [t // 2 for t in total], [t - t // 2 for t in total]
    if isinstance(padding, str):
        raise ValueError(f"padding must be 'valid', 'same' or numbers, not '{padding}'")
    padding = pair(padding, n)
    return padding, padding


def _check(name, input, weight, n, channels):
    if rank(input) not in (n + 1, n + 2):
        raise RuntimeError(
            f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to {name}, but got input of size: {_shown(input)}"
        )
    if _braid.code(input) != _braid.code(weight):
        raise RuntimeError(f"Input type ({input.dtype}) and weight type ({weight.dtype}) should be the same")
    if _braid.known_unequal(shape_of(input)[-n - 1], channels):
        raise RuntimeError(
            f"Given weight of size {_shown(weight)}, expected input{_shown(input)} to have {channels} channels, but got"
            f" {shape_of(input)[-n - 1]} channels instead"
        )


def _convolution(n):
    def function(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
        stride, dilation = pair(stride, n), pair(dilation, n)
        low, high = _padding(padding, weight, stride, dilation, n)
        _check(f"conv{n}d", input, weight, n, shape_of(weight)[1] * groups)
        return _biased(input, n, bias, lambda x: op(
            "conv",
            [x, weight],
            strides=stride,
            pads_low=low,
            pads_high=high,
            rhs_dilation=dilation,
            groups=groups,
        ))

    function.__name__ = f"conv{n}d"
    return function


def _biased(input, n, bias, convolve):
    """A convolution over an input with or without batch dimension, and its bias."""
    batched = rank(input) == n + 2
    result = convolve(input if batched else input.unsqueeze(0))
    if bias is not None:
        result = result + reshape(bias, [1, shape_of(bias)[0]] + [1] * n)
    return result if batched else result.squeeze(0)


conv1d = _convolution(1)
conv2d = _convolution(2)
conv3d = _convolution(3)


def _transposed(n):
    def function(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
        stride, dilation = pair(stride, n), pair(dilation, n)
        padding, output_padding = pair(padding, n), pair(output_padding, n)
        _check(f"conv_transpose{n}d", input, weight, n, shape_of(weight)[0])
        # A convolution of the spread-out input with the kernel turned around and its channels exchanged.
        turned = op("reverse", [weight], axes=list(range(2, n + 2)))
        shape = list(shape_of(turned))
        if groups == 1:
            turned = turned.transpose(0, 1)
        else:
            split = [groups, shape[0] // groups, shape[1]] + shape[2:]
            turned = turned.reshape(split).transpose(1, 2).reshape([shape[1] * groups, shape[0] // groups] + shape[2:])
        low = [d * (k - 1) - p for d, k, p in zip(dilation, shape[2:], padding)]
        high = [a + extra for a, extra in zip(low, output_padding)]
        return _biased(input, n, bias, lambda x: op(
            "conv",
            [x, turned],
            strides=[1] * n,
            pads_low=low,
            pads_high=high,
            lhs_dilation=stride,
            rhs_dilation=dilation,
            groups=groups,
        ))

    function.__name__ = f"conv_transpose{n}d"
    return function


conv_transpose1d = _transposed(1)
conv_transpose2d = _transposed(2)
conv_transpose3d = _transposed(3)


def _windows(x, n, kernel, stride, padding, dilation):
    """Every window of the spatial dimensions: [n, c, out…, kernel…]; the padding holds zeros."""
    from torch.nn._pad import pad

    if any([p != 0 for p in padding]):
        amounts = []
        for p in reversed(padding):
            amounts.extend([p, p])
        x = pad(x, amounts)
    return gather_windows(x, n, kernel, stride, dilation)


def gather_windows(x, n, kernel, stride, dilation):
    first = rank(x) - n
    for i in range(n):
        dim = first + 2 * i
        count = (shape_of(x)[dim] - dilation[i] * (kernel[i] - 1) - 1) // stride[i] + 1
        start = op("iota", [], dtype="i64", shape=[count], axis=0) * stride[i]
        offset = op("iota", [], dtype="i64", shape=[kernel[i]], axis=0) * dilation[i]
        x = op("gather", [x, start.unsqueeze(1) + offset], axis=dim)
    order = list(range(first)) + [first + 2 * i for i in range(n)] + [first + 2 * i + 1 for i in range(n)]
    return x.permute(order)


def unfold(input, kernel_size, dilation=1, padding=0, stride=1):
    kernel, dilation, padding, stride = pair(kernel_size, 2), pair(dilation, 2), pair(padding, 2), pair(stride, 2)
    batched = rank(input) == 4
    x = input if batched else input.unsqueeze(0)
    w = _windows(x, 2, kernel, stride, padding, dilation)
    n, c, oh, ow, kh, kw = shape_of(w)
    result = w.permute(0, 1, 4, 5, 2, 3).reshape(n, c * kh * kw, oh * ow)
    return result if batched else result.squeeze(0)


def fold(input, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """Sums each window back into its place: a transposed convolution with one-hot kernels."""
    import torch

    size, kernel = pair(output_size, 2), pair(kernel_size, 2)
    dilation, padding, stride = pair(dilation, 2), pair(padding, 2), pair(stride, 2)
    batched = rank(input) == 3
    x = input if batched else input.unsqueeze(0)
    n, rows, _ = shape_of(x)
    taps = kernel[0] * kernel[1]
    channels = rows // taps
    out = [(size[i] + 2 * padding[i] - dilation[i] * (kernel[i] - 1) - 1) // stride[i] + 1 for i in range(2)]
    x = x.reshape(n * channels, taps, out[0], out[1])
    weight = torch.eye(taps, dtype=x.dtype).reshape(taps, 1, kernel[0], kernel[1])
    reached = [(out[i] - 1) * stride[i] - 2 * padding[i] + dilation[i] * (kernel[i] - 1) + 1 for i in range(2)]
    extra = [size[i] - reached[i] for i in range(2)]
    y = conv_transpose2d(x, weight, None, stride, padding, extra, 1, dilation)
    result = y.reshape(n, channels, size[0], size[1])
    return result if batched else result.squeeze(0)
