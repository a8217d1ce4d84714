"""Fourier transforms, as products with the matrix of the transform: exact for every length, and meant for the lengths
that networks use."""

import math

import _braid
from torch import _creation, _math, _shape
from torch._complex import ComplexTensor, is_complex, parts
from torch._core import axis, convert, iota, rank, shape_of, to_float


def _angles(n, rows, columns):
    """2 pi j k / n; the product is taken modulo n before it is a float, so that large ones lose nothing."""
    product = (iota(rows).unsqueeze(1) * iota(columns)) % n
    return _braid.convert(product, "f64") * (2 * math.pi / n)


def _fitted(x, n, dim):
    """Cut or padded with zeros to n elements."""
    have = x.shape[dim]
    if have == n:
        return x
    if have > n:
        return x.narrow(dim, 0, n)
    shape = list(x.shape)
    shape[dim] = n - have
    return _shape.cat([x, _creation.zeros(shape, dtype=x.dtype)], dim)


def _scale(n, norm, inverse):
    if norm == "ortho":
        return 1 / math.sqrt(n)
    if norm not in (None, "backward", "forward"):
        raise RuntimeError(f"Invalid normalization mode: \"{norm}\"")
    return 1 / n if inverse == (norm != "forward") else 1


def _length(x, n, dim):
    n = x.shape[dim] if n is None else n
    if not _braid.is_known(n):
        raise NotImplementedError("a Fourier transform needs a length that is known when the network is compiled")
    if n < 1:
        raise RuntimeError(f"Invalid number of data points ({n}) specified")
    return n


def _transform(input, n, dim, norm, inverse, columns=None):
    dim = axis(dim, input.dim())
    n = _length(input, n, dim)
    table = _angles(n, n, n if columns is None else columns)
    scale = _scale(n, norm, inverse)
    real, imag = (input.real, input.imag) if is_complex(input) else (to_float(input), None)
    dtype = real.dtype
    cosines = convert(_math.cos(table) * scale, dtype)
    sines = convert(_math.sin(table) * (scale if inverse else -scale), dtype)
    real = _fitted(real, n, dim).movedim(dim, -1)
    if imag is None:
        result = real @ cosines, real @ sines
    else:
        imag = _fitted(imag, n, dim).movedim(dim, -1)
        result = real @ cosines - imag @ sines, real @ sines + imag @ cosines
    return ComplexTensor(result[0].movedim(-1, dim), result[1].movedim(-1, dim))


def fft(input, n=None, dim=-1, norm=None):
    return _transform(input, n, dim, norm, False)


def ifft(input, n=None, dim=-1, norm=None):
    return _transform(input, n, dim, norm, True)


def rfft(input, n=None, dim=-1, norm=None):
    if is_complex(input):
        raise RuntimeError("rfft expects a real input tensor, but got a complex one")
    return _transform(input, n, dim, norm, False, _length(input, n, axis(dim, input.dim())) // 2 + 1)


def irfft(input, n=None, dim=-1, norm=None):
    dim = axis(dim, input.dim())
    n = _length(input, 2 * (input.shape[dim] - 1) if n is None else n, dim)
    kept = n // 2 + 1
    real, imag = parts(input)
    # Each frequency stands for itself and its mirror image, but for the first and, of an even length, the last.
    frequency = iota(kept)
    single = _math.logical_or(_math.eq(frequency, 0), _math.eq(frequency * 2, n))
    weight = _math.where(single, 1.0, 2.0).unsqueeze(1) * _scale(n, norm, True)
    table = _angles(n, kept, n)
    real = _fitted(real, kept, dim).movedim(dim, -1)
    imag = _fitted(imag, kept, dim).movedim(dim, -1)
    dtype = real.dtype
    result = real @ convert(_math.cos(table) * weight, dtype) - imag @ convert(_math.sin(table) * weight, dtype)
    return result.movedim(-1, dim)


def _sizes(input, s, dim):
    """The transformed dimensions and their lengths."""
    if dim is None:
        n = input.dim()
        dim = list(range(n if s is None else n)) if s is None else list(range(n - len(s), n))
    dims = [axis(d, input.dim()) for d in ([dim] if isinstance(dim, int) else dim)]
    return dims, [None] * len(dims) if s is None else [None if n == -1 else n for n in s]


def fftn(input, s=None, dim=None, norm=None):
    dims, sizes = _sizes(input, s, dim)
    for d, n in zip(dims, sizes):
        input = fft(input, n, d, norm)
    return input


def ifftn(input, s=None, dim=None, norm=None):
    dims, sizes = _sizes(input, s, dim)
    for d, n in zip(dims, sizes):
        input = ifft(input, n, d, norm)
    return input


def rfftn(input, s=None, dim=None, norm=None):
    dims, sizes = _sizes(input, s, dim)
    result = rfft(input, sizes[-1], dims[-1], norm)
    for d, n in zip(dims[:-1], sizes[:-1]):
        result = fft(result, n, d, norm)
    return result


def irfftn(input, s=None, dim=None, norm=None):
    dims, sizes = _sizes(input, s, dim)
    for d, n in zip(dims[:-1], sizes[:-1]):
        input = ifft(input, n, d, norm)
    return irfft(input, sizes[-1], dims[-1], norm)


def fft2(input, s=None, dim=(-2, -1), norm=None):
    return fftn(input, s, dim, norm)


def ifft2(input, s=None, dim=(-2, -1), norm=None):
    return ifftn(input, s, dim, norm)


def rfft2(input, s=None, dim=(-2, -1), norm=None):
    return rfftn(input, s, dim, norm)


def irfft2(input, s=None, dim=(-2, -1), norm=None):
    return irfftn(input, s, dim, norm)


def fftshift(input, dim=None):
    dims, _ = _sizes(input, None, dim)
    return input.roll([input.shape[d] // 2 for d in dims], dims)


def ifftshift(input, dim=None):
    dims, _ = _sizes(input, None, dim)
    return input.roll([-(input.shape[d] // 2) for d in dims], dims)


def fftfreq(n, d=1.0, *, dtype=None, device=None, requires_grad=False):
    positive = (n + 1) // 2
    index = iota(n)
    index = _math.where(_math.lt(index, positive), index, index - n)
    return convert(_braid.convert(index, "f64") / (n * d), dtype or "float32")


def rfftfreq(n, d=1.0, *, dtype=None, device=None, requires_grad=False):
    return convert(_braid.convert(iota(n // 2 + 1), "f64") / (n * d), dtype or "float32")


def stft(
    input,
    n_fft,
    hop_length=None,
    win_length=None,
    window=None,
    center=True,
    pad_mode="reflect",
    normalized=False,
    onesided=None,
    return_complex=None,
):
    """`torch.stft`: the transforms of overlapping frames."""
    from torch._complex import view_as_real
    from torch.nn.functional import pad

    hop = n_fft // 4 if hop_length is None else hop_length
    window = _window(window, n_fft, win_length, input.dtype)
    x = input if rank(input) == 2 else input.unsqueeze(0)
    if center:
        x = pad(x.unsqueeze(1), (n_fft // 2, n_fft // 2), pad_mode).squeeze(1)
    frames = x.unfold(-1, n_fft, hop) * window
    transform = rfft if onesided is None or onesided else fft
    result = transform(frames, norm="ortho" if normalized else None).transpose(1, 2)
    if rank(input) == 1:
        result = result.squeeze(0)
    return result if return_complex else view_as_real(result)


def _window(window, n_fft, win_length, dtype):
    """The window, centred in a frame."""
    from torch.nn.functional import pad

    length = n_fft if win_length is None else win_length
    if window is None:
        window = _creation.ones(length, dtype=dtype)
    if shape_of(window)[0] != length:
        raise RuntimeError(f"expected a 1D window tensor of size equal to win_length={length}")
    left = (n_fft - length) // 2
    return pad(window, (left, n_fft - length - left)) if length != n_fft else window


def istft(
    input,
    n_fft,
    hop_length=None,
    win_length=None,
    window=None,
    center=True,
    normalized=False,
    onesided=None,
    length=None,
    return_complex=False,
):
    """`torch.istft`: frames added where they overlap, over the sum of the squared windows."""
    if onesided is False or return_complex:
        raise NotImplementedError("istft is supported for one-sided transforms of real signals")
    hop = n_fft // 4 if hop_length is None else hop_length
    window = _window(window, n_fft, win_length, input.real.dtype)
    batched = input if input.dim() == 3 else input.unsqueeze(0)
    frames = irfft(batched.transpose(1, 2), n_fft, norm="ortho" if normalized else None) * window
    count = frames.shape[1]
    total = n_fft + hop * (count - 1)
    place = (iota(count).unsqueeze(1) * hop + iota(n_fft)).reshape(-1)
    rows = frames.shape[0]
    signal = _creation.zeros(rows, total, dtype=frames.dtype).index_add(1, place, frames.reshape(rows, -1))
    squares = (window * window).expand(count, n_fft).reshape(-1)
    envelope = _creation.zeros(total, dtype=frames.dtype).index_add(0, place, squares)
    start = n_fft // 2 if center else 0
    if length is not None:
        end = start + length
    else:
        end = total - n_fft // 2 if center else total
    kept = signal[:, start:end] / envelope[start:end]
    if end > total:
        kept = _fitted(kept, length, 1)
    return kept if input.dim() == 3 else kept.squeeze(0)
