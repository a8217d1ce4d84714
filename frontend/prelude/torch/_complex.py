"""Complex tensors, as rotary position embeddings use them: pairs of real numbers with a little arithmetic.

A complex tensor is no tensor of the net. It holds one with a last dimension of two, real and imaginary part, which it
shares with what `view_as_real` gives; no function of torch takes it but those named here and its own methods.
"""

import math

import torch
from torch._core import axis, is_tensor
from torch._dtype import CPU, Size, complex64, complex128


class ComplexTensor:
    device = CPU
    requires_grad = False
    is_cuda = False

    def __init__(self, pairs):
        self._pairs = pairs

    # attributes

    @property
    def real(self):
        return self._pairs[..., 0]

    @property
    def imag(self):
        return self._pairs[..., 1]

    @property
    def shape(self):
        return Size(self._pairs.shape[:-1])

    @property
    def dtype(self):
        return complex128 if self._pairs.dtype == torch.float64 else complex64

    @property
    def ndim(self):
        return self._pairs.dim() - 1

    @property
    def data(self):
        return self

    def size(self, dim=None):
        return self.shape if dim is None else self.shape[dim]

    def dim(self):
        return self.ndim

    def numel(self):
        return self._pairs.numel() // 2

    def is_complex(self):
        return True

    def is_floating_point(self):
        return False

    def is_contiguous(self):
        return self._pairs.is_contiguous()

    def __len__(self):
        return len(self._pairs)

    def __iter__(self):
        return iter([self[at] for at in range(len(self))])

    def __repr__(self):
        return f"ComplexTensor({self._pairs})"

    # movement

    def _axis(self, dim):
        return axis(dim, self.ndim)

    def _index(self, index):
        if not isinstance(index, tuple):
            index = (index,)
        return index + (slice(None),) if any([part is Ellipsis for part in index]) else index

    def __getitem__(self, index):
        return ComplexTensor(self._pairs[self._index(index)])

    def __setitem__(self, index, value):
        self._pairs[self._index(index)] = _pairs_of(value, self._pairs.dtype)

    def view(self, *shape):
        if len(shape) == 1 and isinstance(shape[0], torch.dtype):
            raise NotImplementedError("a complex tensor cannot be viewed as another type; use torch.view_as_real")
        return ComplexTensor(self._pairs.view(*_sizes(shape), 2))

    def reshape(self, *shape):
        return ComplexTensor(self._pairs.reshape(*_sizes(shape), 2))

    def flatten(self, start_dim=0, end_dim=-1):
        return ComplexTensor(self._pairs.flatten(self._axis(start_dim), self._axis(end_dim)))

    def transpose(self, dim0, dim1):
        return ComplexTensor(self._pairs.transpose(self._axis(dim0), self._axis(dim1)))

    def permute(self, *dims):
        return ComplexTensor(self._pairs.permute(*[self._axis(dim) for dim in _sizes(dims)], self.ndim))

    def unsqueeze(self, dim):
        return ComplexTensor(self._pairs.unsqueeze(axis(dim, self.ndim + 1)))

    def squeeze(self, dim):
        return ComplexTensor(self._pairs.squeeze(self._axis(dim)))

    def expand(self, *shape):
        return ComplexTensor(self._pairs.expand(*_sizes(shape), 2))

    def expand_as(self, other):
        return self.expand(*other.shape)

    def repeat(self, *times):
        return ComplexTensor(self._pairs.repeat(*_sizes(times), 1))

    def chunk(self, chunks, dim=0):
        return tuple([ComplexTensor(part) for part in self._pairs.chunk(chunks, self._axis(dim))])

    def split(self, sizes, dim=0):
        return tuple([ComplexTensor(part) for part in self._pairs.split(sizes, self._axis(dim))])

    def index_select(self, dim, index):
        return ComplexTensor(self._pairs.index_select(self._axis(dim), index))

    def narrow(self, dim, start, length):
        return ComplexTensor(self._pairs.narrow(self._axis(dim), start, length))

    def clone(self):
        return ComplexTensor(self._pairs.clone())

    def contiguous(self):
        return ComplexTensor(self._pairs.contiguous())

    def detach(self):
        return self

    cpu = cuda = detach

    def to(self, *args, **kwargs):
        for given in list(args) + [kwargs.get("dtype")]:
            if isinstance(given, torch.dtype):
                if not given.is_complex:
                    raise NotImplementedError("a complex tensor becomes a real one by .real, .imag or .abs() only")
                return ComplexTensor(self._pairs.to(_real_of(given)))
        return self

    def type_as(self, other):
        return self.to(other.dtype)

    # arithmetic

    def __mul__(self, other):
        if isinstance(other, ComplexTensor):
            a, b, c, d = self.real, self.imag, other.real, other.imag
            return _complex(a * c - b * d, a * d + b * c)
        if _is_real(other):
            return _complex(self.real * other, self.imag * other)
        return NotImplemented

    __rmul__ = __mul__

    def __add__(self, other):
        if isinstance(other, ComplexTensor):
            return ComplexTensor(self._pairs + other._pairs)
        return _complex(self.real + other, self.imag + 0 * other) if _is_real(other) else NotImplemented

    __radd__ = __add__

    def __sub__(self, other):
        return self + -other

    def __rsub__(self, other):
        return -self + other

    def __neg__(self):
        return ComplexTensor(-self._pairs)

    def __truediv__(self, other):
        if isinstance(other, ComplexTensor):
            return self * other.conj() / (other.real * other.real + other.imag * other.imag)
        return _complex(self.real / other, self.imag / other) if _is_real(other) else NotImplemented

    def mul(self, other):
        return self * other

    def conj(self):
        return _complex(self.real, -self.imag)

    def abs(self):
        return torch.hypot(self.real, self.imag)

    __abs__ = abs

    def angle(self):
        return torch.atan2(self.imag, self.real)

    def sum(self, dim=None, keepdim=False):
        if dim is None:
            return ComplexTensor(self._pairs.reshape(-1, 2).sum(0))
        return ComplexTensor(self._pairs.sum(self._axis(dim), keepdim))


def _is_real(x):
    return is_tensor(x) or isinstance(x, (int, float))


def _sizes(sizes):
    return list(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)) else list(sizes)


def _real_of(dtype):
    return torch.float64 if dtype is complex128 else torch.float32


def _pairs_of(value, dtype):
    if isinstance(value, ComplexTensor):
        return value._pairs
    value = torch.as_tensor(value, dtype=dtype)
    return torch.stack([value, torch.zeros_like(value)], -1)


def _complex(real, imag):
    return ComplexTensor(torch.stack([real, imag], -1))


def complex(real, imag, *, out=None):
    if real.dtype != imag.dtype:
        raise RuntimeError(f"Expected object of scalar type {real.dtype} but got scalar type {imag.dtype}")
    real, imag = torch.broadcast_tensors(real, imag)
    return _complex(real, imag)


def polar(abs, angle, *, out=None):
    return complex(*torch.broadcast_tensors(abs * torch.cos(angle), abs * torch.sin(angle)))


def view_as_complex(input):
    if input.dtype not in (torch.float32, torch.float64):
        raise RuntimeError(f"view_as_complex is only supported for float and double tensors, but got a tensor of {input.dtype}")
    if not input.shape[-1] == 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    return ComplexTensor(input)


def view_as_real(input):
    if not isinstance(input, ComplexTensor):
        raise RuntimeError("view_as_real is only supported for complex tensors")
    return input._pairs


def is_complex(input):
    return isinstance(input, ComplexTensor)


def real(input):
    return input.real


def imag(input):
    if not isinstance(input, ComplexTensor):
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return input.imag


def conj(input):
    return input.conj() if isinstance(input, ComplexTensor) else input


def angle(input):
    if isinstance(input, ComplexTensor):
        return input.angle()
    return torch.where(input < 0, torch.full_like(input, math.pi), torch.zeros_like(input))
