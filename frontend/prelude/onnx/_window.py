"""Windows that slide over spatial dimensions: what convolutions and pools share."""

import _braid


def per_dimension(values, n, default=1):
    return [default] * n if values is None else list(values)


def span(k, d):
    """How far a window of `k` elements, `d` apart, reaches."""
    return (k - 1) * d + 1


def padding(sizes, window, strides, dilations, auto_pad, pads, ceil_mode=0):
    """Padding before and after each spatial dimension, as `auto_pad` or `pads` ask for it; in ceil mode what a last window
    that has begun inside needs comes after it, as a third list."""
    n = len(sizes)
    low, high = [0] * n, [0] * n
    if auto_pad == "NOTSET":
        pads = per_dimension(pads, 2 * n, 0)
        low, high = pads[:n], pads[n:]
    elif auto_pad in ("SAME_UPPER", "SAME_LOWER"):
        for i in range(n):
            total = _same(sizes[i], span(window[i], dilations[i]), strides[i])
            low[i] = total // 2 if auto_pad == "SAME_UPPER" else total - total // 2
            high[i] = total - low[i]
    elif auto_pad != "VALID":
        raise ValueError(f"auto_pad is {auto_pad}, which is none of NOTSET, SAME_UPPER, SAME_LOWER and VALID")
    extra = [0] * n
    if ceil_mode:
        for i in range(n):
            size, reach = sizes[i], span(window[i], dilations[i])
            if strides[i] == 1:
                continue
            if not _braid.is_known(size):
                raise NotImplementedError("ceil_mode needs spatial sizes that are known at compile time")
            room = size + low[i] + high[i] - reach
            steps = -(-room // strides[i])
            if steps * strides[i] >= size + low[i]:
                steps = steps - 1
            extra[i] = max(0, steps * strides[i] - room)
    return low, high, extra


def _same(size, reach, stride):
    if stride == 1:
        return reach - 1
    if not _braid.is_known(size):
        raise NotImplementedError("auto_pad with strides needs spatial sizes that are known at compile time; give them with --input")
    return max(0, ((size + stride - 1) // stride - 1) * stride + reach - size)
