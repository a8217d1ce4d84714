"""Convolutions."""

import _braid
import torch
from onnx._values import int_of, ints, op, tensor
from onnx._window import padding, per_dimension, span


def _biased(y, b):
    return y if b is None else y + b.reshape([-1] + [1] * (y.dim() - 2))


@op(same=True)
def Conv(x, w, b=None, *, auto_pad="NOTSET", dilations=None, group=1, kernel_shape=None, pads=None, strides=None):
    n = x.dim() - 2
    strides, dilations = per_dimension(strides, n), per_dimension(dilations, n)
    low, high, _ = padding(list(x.shape)[2:], list(w.shape)[2:], strides, dilations, auto_pad, pads)
    y = _braid.op("conv", [x, w], strides=strides, rhs_dilation=dilations, groups=group, pads_low=low, pads_high=high)
    return _biased(y, b)


@op(same=True)
def ConvTranspose(x, w, b=None, *, auto_pad="NOTSET", dilations=None, group=1, kernel_shape=None, output_padding=None,
                  output_shape=None, pads=None, strides=None):
    n = x.dim() - 2
    strides, dilations = per_dimension(strides, n), per_dimension(dilations, n)
    output_padding = per_dimension(output_padding, n, 0)
    sizes, window = list(x.shape)[2:], list(w.shape)[2:]
    reach = [span(k, d) for k, d in zip(window, dilations)]
    pads = per_dimension(pads, 2 * n, 0)
    low, high = pads[:n], pads[n:]
    if auto_pad == "VALID":
        low, high = [0] * n, [0] * n
    elif output_shape is not None or auto_pad != "NOTSET":
        wanted = list(output_shape)[-n:] if output_shape is not None else [s * t for s, t in zip(sizes, strides)]
        for i in range(n):
            total = strides[i] * (sizes[i] - 1) + output_padding[i] + reach[i] - wanted[i]
            if not _braid.is_known(total):
                raise NotImplementedError("an output shape needs spatial sizes that are known at compile time")
            # One less than nothing is an element more at the end.
            low[i] = total // 2 if auto_pad == "SAME_UPPER" else total - total // 2
            high[i] = total - low[i]
    # The transpose: zeros between the elements, the window reversed, input and output channels exchanged.
    c, m = w.shape[0], w.shape[1]
    w = torch.flip(w, list(range(2, n + 2))).reshape([group, c // group, m] + window)
    w = w.transpose(1, 2).reshape([group * m, c // group] + window)
    y = _braid.op(
        "conv",
        [x, w],
        lhs_dilation=strides,
        rhs_dilation=dilations,
        groups=group,
        pads_low=[r - 1 - p for r, p in zip(reach, low)],
        pads_high=[r - 1 - p + o for r, p, o in zip(reach, high, output_padding)],
    )
    return _biased(y, b)


@op
def DeformConv(x, w, offset, b=None, mask=None, *, dilations=None, group=1, kernel_shape=None, offset_group=1, pads=None,
               strides=None):
    if x.dim() != 4:
        raise NotImplementedError("deformable convolutions are supported over two spatial dimensions")
    strides, dilations, pads = per_dimension(strides, 2), per_dimension(dilations, 2), per_dimension(pads, 4, 0)
    batch, channels, rows, columns = x.shape
    kh, kw = w.shape[2], w.shape[3]
    oh, ow = offset.shape[2], offset.shape[3]
    offset = offset.reshape([batch, offset_group, kh * kw, 2, oh, ow])

    def grid(count, stride, pad):
        return (torch.arange(count) * stride - pad).to(x.dtype)

    within = torch.arange(kh * kw)
    y = offset[:, :, :, 0] + grid(oh, strides[0], pads[0]).reshape([oh, 1])
    y = y + ((within // kw) * dilations[0]).to(x.dtype).reshape([kh * kw, 1, 1])
    z = offset[:, :, :, 1] + grid(ow, strides[1], pads[1])
    z = z + ((within % kw) * dilations[1]).to(x.dtype).reshape([kh * kw, 1, 1])
    per_group = channels // offset_group
    flat = x.reshape([batch, offset_group, per_group, rows * columns])
    top, left = torch.floor(y), torch.floor(z)
    sampled = None
    for dy, dz in ((0, 0), (0, 1), (1, 0), (1, 1)):
        at_y, at_z = top + dy, left + dz
        weight = (1 - torch.abs(y - at_y)) * (1 - torch.abs(z - at_z))
        inside = (at_y >= 0) & (at_y < rows) & (at_z >= 0) & (at_z < columns)
        at = torch.clamp(at_y, 0, rows - 1).to(torch.int64) * columns + torch.clamp(at_z, 0, columns - 1).to(torch.int64)
        at = at.reshape([batch, offset_group, 1, kh * kw * oh * ow]).expand([batch, offset_group, per_group, kh * kw * oh * ow])
        weight = torch.where(inside, weight, torch.zeros_like(weight))
        part = torch.gather(flat, 3, at).reshape([batch, offset_group, per_group, kh * kw, oh, ow]) * weight.unsqueeze(2)
        sampled = part if sampled is None else sampled + part
    if mask is not None:
        sampled = sampled * mask.reshape([batch, offset_group, 1, kh * kw, oh, ow])
    window = channels // group * kh * kw
    out = w.reshape([group, w.shape[0] // group, window]) @ sampled.reshape([batch, group, window, oh * ow])
    return _biased(out.reshape([batch, w.shape[0], oh, ow]), b)


@op(ints=True)
def Col2Im(x, image_shape, block_shape, *, dilations=None, pads=None, strides=None):
    x, image, block = tensor(x), ints(image_shape), ints(block_shape)
    n = len(block)
    strides, dilations, pads = per_dimension(strides, n), per_dimension(dilations, n), per_dimension(pads, 2 * n, 0)
    batch, rows, columns = x.shape
    # Each element goes to the place of its window, at the place that its row has in it.
    row, column = torch.arange(rows).reshape([rows, 1]), torch.arange(columns)
    inside, place, step_of_row, step_of_column, step = None, 0, 1, 1, 1
    for i in reversed(range(n)):
        count = (image[i] + pads[i] + pads[n + i] - span(block[i], dilations[i])) // strides[i] + 1
        at = (row // step_of_row) % block[i] * dilations[i] + (column // step_of_column) % count * strides[i] - pads[i]
        here = (at >= 0) & (at < image[i])
        inside = here if inside is None else inside & here
        place = place + at * step
        step_of_row, step_of_column, step = step_of_row * block[i], step_of_column * count, step * image[i]
    if rows % step_of_row != 0:
        raise ValueError("the rows are no multiple of the elements of a block")
    if columns != step_of_column:
        raise ValueError("there is not a column for each place of the block")
    channels = rows // step_of_row
    place = place + (row // step_of_row) * step
    # What falls outside goes behind the end.
    place = torch.where(inside, place, torch.full_like(place, channels * step)).reshape([1, rows * columns])
    y = torch.zeros([batch, channels * step + 1], dtype=x.dtype)
    y = y.scatter_add(1, place.expand([batch, rows * columns]), x.reshape([batch, rows * columns]))
    return y.narrow(1, 0, channels * step).reshape([batch, channels] + list(image))


@op
def CausalConvWithState(x, w, b=None, past_state=None, *, activation="none"):
    batch, channels, k = x.shape[0], x.shape[1], w.shape[2]
    past = torch.zeros([batch, channels, k - 1], dtype=x.dtype) if past_state is None else past_state
    x = torch.cat([past, x], 2)
    y = _biased(_braid.op("conv", [x, w], groups=channels), b)
    if activation in ("silu", "swish"):
        y = y * torch.sigmoid(y)
    elif activation != "none":
        raise ValueError(f"the activation {activation} is none of none, silu and swish")
    return y, x.narrow(2, x.shape[2] - (k - 1), k - 1)
