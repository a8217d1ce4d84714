"""Complex numbers as pairs of real tensors. The operator table has no complex elements: a `ComplexTensor` is a Python
object over the real and the imaginary part, and what it offers comes down to operations on those."""

import _braid
from torch import _creation, _linalg, _math, _reduce, _shape
from torch._core import is_tensor
from torch._dtype import CPU, complex64, complex128


class ComplexTensor:
    requires_grad = False
    device = CPU
    is_cuda = False

    def __init__(self, real, imag):
        self.real = real
        self.imag = imag

    # attributes

    @property
    def shape(self):
        return self.real.shape

    @property
    def dtype(self):
        return complex128 if _braid.code(self.real) == "f64" else complex64

    @property
    def ndim(self):
        return self.real.ndim

    @property
    def data(self):
        return self

    def size(self, dim=None):
        return self.real.size(dim)

    def dim(self):
        return self.real.dim()

    def numel(self):
        return self.real.numel()

    def is_complex(self):
        return True

    def is_floating_point(self):
        return False

    def __len__(self):
        return len(self.real)

    def __iter__(self):
        return iter([self[i] for i in range(len(self))])

    def __getitem__(self, index):
        return ComplexTensor(self.real[index], self.imag[index])

    def __setitem__(self, index, value):
        real, imag = parts(value)
        self.real[index] = real
        self.imag[index] = imag

    # types and places

    def _self(self, *args, **kwargs):
        return self

    cpu = cuda = detach = requires_grad_ = resolve_conj = _self

    def to(self, *args, dtype=None, **kwargs):
        for a in args:
            a = getattr(a, "dtype", a)
            if getattr(a, "is_complex", None) is not None:
                dtype = a
        if dtype is None or dtype is self.dtype:
            return self
        if dtype.is_complex:
            code = "f64" if dtype is complex128 else "f32"
            return ComplexTensor(_braid.convert(self.real, code), _braid.convert(self.imag, code))
        return self.real.to(dtype)

    def type_as(self, other):
        return self.to(other.dtype)

    # arithmetic

    def __add__(self, other):
        real, imag = parts(other)
        return ComplexTensor(self.real + real, self.imag + imag)

    def __sub__(self, other):
        real, imag = parts(other)
        return ComplexTensor(self.real - real, self.imag - imag)

    def __rsub__(self, other):
        return -self + other

    def __mul__(self, other):
        if not is_complex(other):
            return ComplexTensor(self.real * other, self.imag * other)
        a, b = parts(other)
        return ComplexTensor(self.real * a - self.imag * b, self.real * b + self.imag * a)

    def __truediv__(self, other):
        if not is_complex(other):
            return ComplexTensor(self.real / other, self.imag / other)
        a, b = parts(other)
        size = a * a + b * b
        return ComplexTensor((self.real * a + self.imag * b) / size, (self.imag * a - self.real * b) / size)

    def __rtruediv__(self, other):
        size = self.real * self.real + self.imag * self.imag
        return ComplexTensor(self.real / size, -self.imag / size) * other

    def __matmul__(self, other):
        return _bilinear(_linalg.matmul, self, other)

    def __rmatmul__(self, other):
        return _bilinear(_linalg.matmul, other, self)

    def __pow__(self, exponent):
        if not isinstance(exponent, int) or exponent < 0:
            raise NotImplementedError("a complex tensor has only powers by whole numbers from 0 on here")
        result = ComplexTensor(_creation.ones_like(self.real), _creation.zeros_like(self.real))
        for _ in range(exponent):
            result = result * self
        return result

    def __neg__(self):
        return ComplexTensor(-self.real, -self.imag)

    def __eq__(self, other):
        real, imag = parts(other)
        return _math.logical_and(_math.eq(self.real, real), _math.eq(self.imag, imag))

    def __ne__(self, other):
        return _math.logical_not(self == other)

    def __hash__(self):
        return id(self)

    __radd__, __rmul__ = __add__, __mul__
    add, sub, mul, multiply, div, divide, matmul = __add__, __sub__, __mul__, __mul__, __truediv__, __truediv__, __matmul__
    bmm = mm = matmul
    neg, pow, eq, ne = __neg__, __pow__, __eq__, __ne__

    def abs(self):
        return _math.hypot(self.real, self.imag)

    absolute = __abs__ = abs

    def angle(self):
        return _math.atan2(self.imag, self.real)

    def conj(self):
        return ComplexTensor(self.real, -self.imag)

    conj_physical = conj

    def exp(self):
        return polar(_math.exp(self.real), self.imag)

    def reciprocal(self):
        return 1 / self

    def item(self):
        raise NotImplementedError("a complex number cannot become a Python number here; take .real and .imag")

    def copy_(self, source):
        real, imag = parts(source)
        self.real.copy_(real)
        self.imag.copy_(imag)
        return self

    def unbind(self, dim=0):
        return tuple([self.select(dim, i) for i in range(self.shape[dim])])

    def split(self, *args, **kwargs):
        return _each_part(_shape.split, self, args, kwargs)

    def chunk(self, *args, **kwargs):
        return _each_part(_shape.chunk, self, args, kwargs)

    def permute(self, *dims):
        return ComplexTensor(self.real.permute(*dims), self.imag.permute(*dims))


def _each_part(function, x, args, kwargs):
    pairs = zip(function(x.real, *args, **kwargs), function(x.imag, *args, **kwargs))
    return tuple([ComplexTensor(a, b) for a, b in pairs])


def _part_by_part(name):
    """A method that treats the real and the imaginary part alike."""

    def method(self, *args, **kwargs):
        return ComplexTensor(getattr(self.real, name)(*args, **kwargs), getattr(self.imag, name)(*args, **kwargs))

    return method


for _name in """view reshape flatten unflatten squeeze unsqueeze transpose swapaxes t movedim moveaxis expand select narrow
repeat tile flip roll index_select gather contiguous clone sum mean cumsum diff tril triu diagonal repeat_interleave
masked_fill""".split():
    setattr(ComplexTensor, _name, _part_by_part(_name))


def expand_as(self, other):
    return self.expand(*other.shape)


ComplexTensor.expand_as = expand_as


def is_complex(x):
    return isinstance(x, (ComplexTensor, complex_number))


complex_number = __import__("builtins").complex


def parts(x):
    """The real and the imaginary part of a tensor or number."""
    if is_complex(x):
        return x.real, x.imag
    return x, _creation.zeros_like(x) if is_tensor(x) else 0.0


def _bilinear(product, a, b):
    if not is_complex(b):
        return ComplexTensor(product(a.real, b), product(a.imag, b))
    if not is_complex(a):
        return ComplexTensor(product(a, b.real), product(a, b.imag))
    return ComplexTensor(
        product(a.real, b.real) - product(a.imag, b.imag), product(a.real, b.imag) + product(a.imag, b.real)
    )


def einsum(equation, operands):
    """Two operands at a time, of which one is complex."""
    if len(operands) == 1:
        only = operands[0]
        return ComplexTensor(_linalg.einsum(equation, only.real), _linalg.einsum(equation, only.imag))
    if len(operands) > 2:
        raise NotImplementedError("einsum over complex tensors takes at most two operands here")
    return _bilinear(lambda a, b: _linalg.einsum(equation, a, b), *operands)


def complex(real, imag):
    if _braid.code(real) != _braid.code(imag):
        raise RuntimeError(f"Expected object of scalar type {real.dtype} but got scalar type {imag.dtype} for second argument")
    return ComplexTensor(*_shape.broadcast_tensors(real, imag))


def polar(abs, angle):
    return ComplexTensor(abs * _math.cos(angle), abs * _math.sin(angle))


def view_as_complex(input):
    """Its parts are views, so that writes into them are seen in the real tensor."""
    if not is_tensor(input) or input.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    return ComplexTensor(input.select(-1, 0), input.select(-1, 1))


def view_as_real(input):
    if not isinstance(input, ComplexTensor):
        raise RuntimeError("view_as_real is only supported for complex tensors")
    return _shape.stack([input.real, input.imag], -1)


def real(input):
    return input.real


def imag(input):
    if not isinstance(input, ComplexTensor):
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return input.imag


def angle(input):
    if isinstance(input, ComplexTensor):
        return input.angle()
    return _math.where(_math.isnan(input), input, _math.where(_math.lt(input, 0), 3.141592653589793, 0.0))


def conj(input):
    return input.conj() if isinstance(input, ComplexTensor) else input


def joined(function, tensors, dim):
    """`cat` or `stack` of tensors of which some are complex."""
    pairs = [parts(t) for t in tensors]
    return ComplexTensor(function([a for a, _ in pairs], dim), function([b for _, b in pairs], dim))
