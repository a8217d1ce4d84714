"""Quantised operators. Products are sums of integers; scales are applied to the sums."""

import _braid
import torch
from onnx._narrow import bounds, decode, encode, is_narrow_integer
from onnx._types import dtype_of
from onnx._values import Coded, op, tensor
from onnx._window import padding, per_dimension

_RANGES = {2: (0, 255), 3: (-128, 127), 4: (0, 65535), 5: (-32768, 32767)}

_NUMBERS = {torch.uint8: 2, torch.int8: 3, torch.uint16: 4, torch.int16: 5, torch.int32: 6}


def _spread(v, x, axis, block_size):
    """Scales or zero points against the elements that they are for: one for all, one for each place along an axis, or one
    for each block along it."""
    if v.dim() == 0 or v.dim() == 1 and _braid.known_equal(v.shape[0], 1) and not block_size:
        return v.reshape([])
    axis = axis + x.dim() if axis < 0 else axis
    if not block_size:
        if v.dim() != 1:
            raise ValueError("scales for an axis must be of rank 1; for blocks, block_size is needed")
        return v.reshape([-1] + [1] * (x.dim() - 1 - axis))
    sizes = list(v.shape)
    repeated = v.unsqueeze(axis + 1).expand(sizes[: axis + 1] + [block_size] + sizes[axis + 1 :])
    repeated = repeated.reshape(sizes[:axis] + [sizes[axis] * block_size] + sizes[axis + 1 :])
    return repeated.narrow(axis, 0, x.shape[axis])


def _numbers(x):
    """Quantised elements as `i32`, or as floats where they are floats of 8 bits and less."""
    if not isinstance(x, Coded):
        return x.to(torch.int32)
    values = decode(x)
    return values.to(torch.int32) if is_narrow_integer(x.type) else values


@op(ints=True)
def QuantizeLinear(x, y_scale, y_zero_point=None, *, axis=1, block_size=0, output_dtype=0, precision=0, saturate=1):
    x, scale = tensor(x), tensor(y_scale) if not isinstance(y_scale, Coded) else decode(y_scale)
    if isinstance(y_zero_point, Coded):
        type = y_zero_point.type
    elif y_zero_point is not None:
        type = _NUMBERS[tensor(y_zero_point).dtype]
    else:
        type = output_dtype or 2
    if output_dtype and output_dtype != type:
        raise TypeError("output_dtype and the type of the zero point differ")
    working = dtype_of(precision) if precision else scale.dtype if scale.is_floating_point() else torch.float32
    quotient = x.to(working) / _spread(scale, x, axis, block_size).to(working)
    if type not in _RANGES and not is_narrow_integer(type):
        if type == 23 and y_zero_point is not None:
            quotient = quotient + _spread(_numbers(y_zero_point), x, axis, block_size).to(working)
        return encode(quotient, type, bool(saturate))
    whole = torch.round(quotient)
    least, most = bounds(type) if is_narrow_integer(type) else _RANGES[type]
    # Far outside of the range is outside of it with any zero point; so the sum is exact.
    whole = torch.clamp(whole.to(torch.float32), -(2.0**20), 2.0**20).to(torch.int32)
    if y_zero_point is not None:
        zero = _numbers(y_zero_point if isinstance(y_zero_point, Coded) else tensor(y_zero_point))
        whole = whole + _spread(zero, x, axis, block_size)
    whole = torch.clamp(whole, least, most)
    return encode(whole, type) if is_narrow_integer(type) else whole.to(dtype_of(type))


@op(ints=True)
def DequantizeLinear(x, x_scale, x_zero_point=None, *, axis=1, block_size=0, output_dtype=0):
    x = x if isinstance(x, Coded) else tensor(x)
    scale = decode(x_scale) if isinstance(x_scale, Coded) else tensor(x_scale)
    values = _numbers(x)
    if x_zero_point is not None:
        zero = _numbers(x_zero_point if isinstance(x_zero_point, Coded) else tensor(x_zero_point))
        values = values - _spread(zero, values, axis, block_size)
    result = dtype_of(output_dtype) if output_dtype else scale.dtype
    return (values.to(torch.float32) * _spread(scale, values, axis, block_size).to(torch.float32)).to(result)


@op
def DynamicQuantizeLinear(x):
    most = torch.clamp(torch.amax(x), min=0.0)
    least = torch.clamp(torch.amin(x), max=0.0)
    # Without a range, any scale will do; that of the specification's reference is kept.
    scale = torch.where(most == least, torch.ones_like(most), most - least) / 255
    zero = torch.round(torch.clamp(0 - least / scale, 0.0, 255.0))
    y = torch.clamp(torch.round(x / scale) + zero, 0.0, 255.0).to(torch.uint8)
    return y, scale, zero.to(torch.uint8)


def _requantised(sums, scale, zero, dtype):
    least, most = (-128, 127) if dtype == torch.int8 else (0, 255)
    y = torch.clamp(sums.to(torch.float32) * scale, -(2.0**24), 2.0**24)
    y = torch.round(y).to(torch.int32)
    if zero is not None:
        y = y + zero.to(torch.int32)
    return torch.clamp(y, least, most).to(dtype)


def _centred_rows(a, zero):
    """A left operand less its zero point: one for all, or one for each row."""
    a = a.to(torch.int32)
    if zero is None:
        return a
    zero = zero.to(torch.int32)
    return a - (zero.reshape([-1, 1]) if zero.dim() == 1 and not _braid.known_equal(zero.shape[0], 1) else zero)


@op
def MatMulInteger(a, b, a_zero_point=None, b_zero_point=None):
    b = b.to(torch.int32) if b_zero_point is None else b.to(torch.int32) - b_zero_point.to(torch.int32)
    return _braid.op("matmul", [_centred_rows(a, a_zero_point), b])


def _row_scale(scale):
    return scale.reshape([-1, 1]) if scale.dim() == 1 and not _braid.known_equal(scale.shape[0], 1) else scale


@op
def QLinearMatMul(a, a_scale, a_zero_point, b, b_scale, b_zero_point, y_scale, y_zero_point):
    sums = _braid.op("matmul", [_centred_rows(a, a_zero_point), b.to(torch.int32) - b_zero_point.to(torch.int32)])
    scale = _row_scale(a_scale).to(torch.float32) * b_scale.to(torch.float32) / y_scale.to(torch.float32)
    return _requantised(sums, scale, y_zero_point, y_zero_point.dtype)


def _conv(x, w, x_zero_point, w_zero_point, auto_pad, dilations, group, pads, strides):
    n = x.dim() - 2
    strides, dilations = per_dimension(strides, n), per_dimension(dilations, n)
    low, high, _ = padding(list(x.shape)[2:], list(w.shape)[2:], strides, dilations, auto_pad, pads)
    x, w = x.to(torch.int32), w.to(torch.int32)
    if x_zero_point is not None:
        # Padding is the zero point, so it adds nothing.
        x = x - x_zero_point.to(torch.int32)
    if w_zero_point is not None:
        zero = w_zero_point.to(torch.int32)
        w = w - (zero.reshape([-1] + [1] * (n + 1)) if zero.dim() == 1 else zero)
    return _braid.op("conv", [x, w], strides=strides, rhs_dilation=dilations, groups=group, pads_low=low, pads_high=high)


@op
def ConvInteger(x, w, x_zero_point=None, w_zero_point=None, *, auto_pad="NOTSET", dilations=None, group=1, kernel_shape=None,
                pads=None, strides=None):
    return _conv(x, w, x_zero_point, w_zero_point, auto_pad, dilations, group, pads, strides)


@op
def QLinearConv(x, x_scale, x_zero_point, w, w_scale, w_zero_point, y_scale, y_zero_point, b=None, *, auto_pad="NOTSET",
                dilations=None, group=1, kernel_shape=None, pads=None, strides=None):
    sums = _conv(x, w, x_zero_point, w_zero_point, auto_pad, dilations, group, pads, strides)
    channels = [-1] + [1] * (x.dim() - 2)
    if b is not None:
        sums = sums + b.reshape(channels)
    w_scale = w_scale.reshape(channels) if w_scale.dim() == 1 else w_scale
    return _requantised(sums, x_scale * w_scale / y_scale, y_zero_point, y_zero_point.dtype)
