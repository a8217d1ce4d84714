"""`torch.Tensor`: its operators, attributes and methods. What a method does is in the file of its family; functions whose
first argument is the tensor are methods as they are."""

import _braid
from torch import _creation, _decompose, _index, _linalg, _math, _reduce, _shape
from torch._core import axis, convert, elementwise, ints, is_tensor, product, randomise, rank, sequence, shape_of, write
from torch._dtype import BY_CODE, CPU, TENSOR_TYPES, Size, code_of, device, dtype, memory_format, strided


def _binary(row, rule="same"):
    def method(self, other):
        return elementwise(row, [self, other], rule)

    return method


def _reflected(row, rule="same"):
    def method(self, other):
        return elementwise(row, [other, self], rule)

    return method


def _in_place(row, rule="same"):
    def method(self, other):
        result = elementwise(row, [self, other], rule)
        return result if result is NotImplemented else _stored(self, result)

    return method


def _stored(target, result):
    """The result of an in-place operator, which must fit the target's type."""
    if _braid.code(target) != _braid.code(result):
        _braid.check_cast(result, target)
    return write(target, result)


class Tensor(_braid.TensorBase):
    requires_grad = False
    grad = None
    grad_fn = None
    is_leaf = True
    is_cuda = False
    is_cpu = True
    is_mps = False
    is_sparse = False
    is_quantized = False
    is_meta = False
    is_nested = False
    layout = strided
    device = CPU
    names = None
    _version = 0
    output_nr = 0

    def __new__(cls, *args, dtype=None, device=None):
        result = _creation.legacy("f32", args)
        return result if cls is Tensor else _braid.alias(result, cls)

    def __init__(self, *args, **kwargs):
        pass

    # attributes

    @property
    def shape(self):
        return Size(shape_of(self))

    @property
    def dtype(self):
        return BY_CODE[_braid.code(self)]

    @property
    def ndim(self):
        return rank(self)

    @property
    def data(self):
        return _braid.alias(self, Tensor)

    @data.setter
    def data(self, value):
        _braid.assign(self, value)

    @property
    def T(self):
        return _shape.permute(self, *reversed(range(rank(self))))

    @property
    def mT(self):
        return _shape.transpose(self, -2, -1)

    H = mT

    def adjoint(self):
        return _shape.transpose(self, -2, -1)

    @property
    def real(self):
        return self

    @property
    def itemsize(self):
        return self.dtype.itemsize

    @property
    def nbytes(self):
        return self.numel() * self.dtype.itemsize

    def size(self, dim=None):
        shape = shape_of(self)
        return Size(shape) if dim is None else shape[axis(dim, len(shape))] if shape else axis(dim, 0)

    def dim(self):
        return rank(self)

    ndimension = dim

    def numel(self):
        result = 1
        for n in shape_of(self):
            result = result * n
        return result

    nelement = numel

    def element_size(self):
        return self.dtype.itemsize

    def stride(self, dim=None):
        strides, step = [], 1
        for n in reversed(shape_of(self)):
            strides.insert(0, step)
            step = step * n
        return tuple(strides) if dim is None else strides[dim]

    def storage_offset(self):
        raise NotImplementedError("tensors have no storage offset here")

    def data_ptr(self):
        raise NotImplementedError("tensors have no address here")

    def is_floating_point(self):
        return self.dtype.is_floating_point

    def is_complex(self):
        return False

    def conj(self):
        return self

    conj_physical = resolve_neg = conj

    def is_conj(self):
        return False

    is_neg = is_pinned = is_shared = is_coalesced = is_conj

    def is_inference(self):
        return True

    def is_nonzero(self):
        return self.__bool__()

    def is_same_size(self, other):
        return self.shape == other.shape

    def is_set_to(self, other):
        return self is other

    def is_signed(self):
        return self.dtype.is_signed

    def is_contiguous(self, memory_format=None):
        return _braid.is_viewable(self)

    def get_device(self):
        return -1

    # to Python

    def item(self):
        return _braid.item(self)

    def tolist(self):
        return _braid.tolist(self)

    def numpy(self, *, force=False):
        from numpy import ndarray

        return ndarray(self)

    def __array__(self, dtype=None):
        return self.numpy()

    def __bool__(self):
        return _braid.truth(self)

    def __int__(self):
        return int(_braid.item(self))

    def __index__(self):
        return int(_braid.item(self))

    def __float__(self):
        return float(_braid.item(self))

    def __len__(self):
        if rank(self) == 0:
            raise TypeError("len() of a 0-d tensor")
        return shape_of(self)[0]

    def __iter__(self):
        if rank(self) == 0:
            raise TypeError("iteration over a 0-d tensor")
        n = shape_of(self)[0]
        if _braid.is_known(n):
            return iter([self[i] for i in range(n)])
        return _braid.rows(self)

    def __contains__(self, element):
        return bool(elementwise("equal", [self, element], "same").any())

    def __hash__(self):
        return id(self)

    def __repr__(self):
        return _braid.text(self)

    __str__ = __repr__

    def __format__(self, spec):
        if rank(self) == 0:
            return format(self.item(), spec)
        if spec:
            raise TypeError("unsupported format string passed to Tensor.__format__")
        return _braid.text(self)

    def __deepcopy__(self, memo):
        result = _braid.alias(_braid.clone(self), type(self))
        result.__dict__.update(self.__dict__)
        return result

    def __copy__(self):
        return _braid.alias(self, type(self))

    # operators

    __add__ = _binary("add")
    __radd__ = _reflected("add")
    __iadd__ = _in_place("add")
    __sub__ = _binary("sub")
    __rsub__ = _reflected("sub")
    __isub__ = _in_place("sub")
    __mul__ = _binary("mul")
    __rmul__ = _reflected("mul")
    __imul__ = _in_place("mul")
    __truediv__ = _binary("div", "float")
    __rtruediv__ = _reflected("div", "float")
    __itruediv__ = _in_place("div", "float")
    __floordiv__ = _binary("floor_div")
    __rfloordiv__ = _reflected("floor_div")
    __ifloordiv__ = _in_place("floor_div")
    __mod__ = _binary("modulo")
    __rmod__ = _reflected("modulo")
    __imod__ = _in_place("modulo")
    __and__ = _binary("and")
    __rand__ = _reflected("and")
    __iand__ = _in_place("and")
    __or__ = _binary("or")
    __ror__ = _reflected("or")
    __ior__ = _in_place("or")
    __xor__ = _binary("xor")
    __rxor__ = _reflected("xor")
    __ixor__ = _in_place("xor")
    __lshift__ = _binary("shift_left")
    __rlshift__ = _reflected("shift_left")
    __rshift__ = _binary("shift_right")
    __rrshift__ = _reflected("shift_right")
    __eq__ = _binary("equal")
    __ne__ = _binary("not_equal")
    __lt__ = _binary("less")
    __le__ = _binary("less_equal")
    __gt__ = _binary("greater")
    __ge__ = _binary("greater_equal")

    def __neg__(self):
        return _math.neg(self)

    def __pos__(self):
        return self

    def __abs__(self):
        return _math.abs(self)

    def __invert__(self):
        return _math.bitwise_not(self)

    def __pow__(self, other):
        return _math.pow(self, other)

    def __rpow__(self, other):
        return elementwise("power", [other, self], "same")

    def __ipow__(self, other):
        return _stored(self, _math.pow(self, other))

    def __matmul__(self, other):
        return _linalg.matmul(self, other) if is_tensor(other) else NotImplemented

    def __getitem__(self, index):
        return _index.getitem(self, index)

    def __setitem__(self, index, value):
        _index.setitem(self, index, value)

    def angle(self):
        from torch._complex import angle

        return angle(self)

    def stft(self, *args, **kwargs):
        from torch.fft import stft

        return stft(self, *args, **kwargs)

    # types and places

    def cfloat(self):
        return _creation.complex_of(self, "f32")

    def cdouble(self):
        return _creation.complex_of(self, "f64")

    def to(self, *args, dtype=None, device=None, non_blocking=False, copy=False, memory_format=None):
        for a in args:
            if is_tensor(a):
                dtype = a.dtype
            elif isinstance(a, _dtype_class) or a in (float, int, bool):
                dtype = a
        if getattr(dtype, "is_complex", False):
            return _creation.complex_of(self, "f64" if dtype.itemsize == 16 else "f32")
        result = convert(self, dtype)
        return _braid.clone(result) if copy and result is self else result

    def type(self, dtype=None, non_blocking=False):
        if dtype is None:
            code = _braid.code(self)
            return [name for name, d in TENSOR_TYPES.items() if d.code == code][0]
        return _braid.convert(self, code_of(dtype))

    def type_as(self, other):
        return _braid.convert(self, _braid.code(other))

    def float(self, memory_format=None):
        return _braid.convert(self, "f32")

    def double(self, memory_format=None):
        return _braid.convert(self, "f64")

    def half(self, memory_format=None):
        return _braid.convert(self, "f16")

    def bfloat16(self, memory_format=None):
        return _braid.convert(self, "bf16")

    def long(self, memory_format=None):
        return _braid.convert(self, "i64")

    def int(self, memory_format=None):
        return _braid.convert(self, "i32")

    def short(self, memory_format=None):
        return _braid.convert(self, "i16")

    def char(self, memory_format=None):
        return _braid.convert(self, "i8")

    def byte(self, memory_format=None):
        return _braid.convert(self, "u8")

    def bool(self, memory_format=None):
        return _braid.convert(self, "bool")

    def _self(self, *args, **kwargs):
        return self

    cpu = cuda = pin_memory = share_memory_ = requires_grad_hook = coalesce = dense = to_dense = resolve_conj = _self
    to_sparse = to_sparse_coo = to_sparse_csr = _self

    def contiguous(self, memory_format=None):
        return self if _braid.is_viewable(self) else _braid.clone(self)

    def clone(self, *, memory_format=None):
        return _braid.clone(self)

    # gradients, of which there are none

    def detach(self):
        return _braid.alias(self, Tensor)

    detach_ = _self

    def requires_grad_(self, requires_grad=True):
        self.requires_grad = requires_grad
        return self

    def retain_grad(self):
        pass

    def register_hook(self, hook):
        from torch.utils.hooks import RemovableHandle

        return RemovableHandle()

    def backward(self, gradient=None, retain_graph=None, create_graph=False, inputs=None):
        raise NotImplementedError("Tensor.backward is not supported: Braid compiles inference, not training")

    # making others

    def new(self, *args, device=None):
        return _creation.legacy(_braid.code(self), args)

    def new_tensor(self, data, *, dtype=None, device=None, requires_grad=False):
        return _creation.tensor(data, dtype=dtype or self.dtype)

    @sequence("size")
    def new_zeros(self, *size, dtype=None, device=None, requires_grad=False):
        return _creation.zeros(*size, dtype=dtype or self.dtype)

    @sequence("size")
    def new_ones(self, *size, dtype=None, device=None, requires_grad=False):
        return _creation.ones(*size, dtype=dtype or self.dtype)

    @sequence("size")
    def new_empty(self, *size, dtype=None, device=None, requires_grad=False):
        return _creation.empty(*size, dtype=dtype or self.dtype)

    def new_full(self, size, fill_value, *, dtype=None, device=None, requires_grad=False):
        return _creation.full(size, fill_value, dtype=dtype or self.dtype)

    # in place

    def copy_(self, src, non_blocking=False):
        return write(self, src)

    def fill_(self, value):
        if not is_tensor(value):
            value = _braid.tensor(value, _braid.code(self))
        return write(self, value)

    def zero_(self):
        return write(self, _braid.tensor(0, _braid.code(self)))

    def normal_(self, mean=0, std=1, *, generator=None):
        return randomise(self, "normal_", lambda: _creation.randn_like(self) * std + mean)

    def uniform_(self, a=0, b=1, *, generator=None):
        return randomise(self, "uniform_", lambda: _creation.rand_like(self) * (b - a) + a)

    def bernoulli_(self, p=0.5, *, generator=None):
        return randomise(self, "bernoulli_", lambda: _creation.rand_like(self, dtype="float32") < p)

    def exponential_(self, lambd=1, *, generator=None):
        return randomise(self, "exponential_", lambda: -_math.log(1 - _creation.rand_like(self)) / lambd)

    def random_(self, low=0, high=None, *, generator=None):
        if high is None:
            low, high = 0, low or (1 << 24)
        return randomise(self, "random_", lambda: _creation.randint(low, high, shape_of(self), dtype=self.dtype))

    def index_fill_(self, dim, index, value):
        return write(self, _shape.index_fill(self, dim, index, value))

    def fill_diagonal_(self, fill_value, wrap=False):
        write(_shape.diagonal(self), _braid.tensor(fill_value, _braid.code(self)))
        return self

    def set_(self, source):
        _braid.assign(self, source)
        return self

    def resize_(self, *sizes, memory_format=None):
        sizes = ints(sizes)
        have, wanted = self.numel(), product(sizes)
        if not (_braid.is_known(have) and _braid.is_known(wanted)) or have < wanted:
            _braid.assign(self, _braid.uninitialised(sizes, _braid.code(self)))
        else:
            _braid.assign(self, self.reshape(-1)[:wanted].reshape(sizes))
        return self

    def resize_as_(self, other, memory_format=None):
        return self.resize_(*other.shape)

    def log_normal_(self, mean=1, std=2, *, generator=None):
        return randomise(self, "log_normal_", lambda: _math.exp(_creation.randn_like(self) * std + mean))

    def apply_(self, function):
        raise NotImplementedError("Tensor.apply_ is not supported; use tensor operations")

    # old comparisons and forms whose method differs from the function

    def softmax(self, dim=None, dtype=None):
        return _math.softmax(self, dim, dtype)

    def where(self, condition, other):
        return _math.where(condition, self, other)

    @sequence("size")
    def view(self, *shape):
        if len(shape) == 1 and isinstance(shape[0], _dtype_class):
            if shape[0] is self.dtype:
                return self
            raise NotImplementedError("Tensor.view(dtype), which reads the same bits as another type, is not supported")
        return _shape.view(self, *shape)

    @sequence("dims")
    def permute(self, *dims):
        return _shape.permute(self, *dims)

    def sum_to_size(self, *size):
        size = ints(size)
        lead = rank(self) - len(size)
        result = self.sum(list(range(lead))) if lead else self
        keep = [i for i, n in enumerate(size) if n == 1]
        return result.sum(keep, True) if keep else result

    def unflatten(self, dim, sizes):
        return _shape.unflatten(self, dim, sizes)

    def split(self, split_size, dim=0):
        return _shape.split(self, split_size, dim)

    def multinomial(self, num_samples, replacement=False, *, generator=None):
        return _creation.multinomial(self, num_samples, replacement)

    def bernoulli(self, p=None, *, generator=None):
        return _creation.bernoulli(self, p)

    def index_put(self, indices, values, accumulate=False):
        return _index.index_put(self, indices, values, accumulate)

    def index_put_(self, indices, values, accumulate=False):
        return _index.index_put_(self, indices, values, accumulate)

    def masked_fill_(self, mask, value):
        return write(self, _shape.masked_fill(self, mask, value))

    def squeeze_(self, dim=None):
        _braid.assign(self, _shape.squeeze(self, dim))
        return self

    def unsqueeze_(self, dim):
        _braid.assign(self, _shape.unsqueeze(self, dim))
        return self

    def transpose_(self, dim0, dim1):
        _braid.assign(self, _shape.transpose(self, dim0, dim1))
        return self

    def t_(self):
        return self.transpose_(0, 1) if rank(self) == 2 else self


_dtype_class = dtype


_METHODS = [
    (
        _math,
        """exp exp2 expm1 log log1p log2 log10 sqrt rsqrt sin cos tan asin arcsin acos arccos atan arctan sinh cosh tanh
        asinh acosh atanh arctanh erf erfc sigmoid reciprocal floor ceil trunc fix abs absolute sign sgn relu isnan isinf
        isfinite logical_not bitwise_not eq ne not_equal lt less le less_equal gt greater ge greater_equal mul multiply
        maximum minimum fmax fmin floor_divide remainder fmod atan2 logical_and logical_or logical_xor bitwise_and
        bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift neg negative positive add sub subtract div divide
        true_divide pow float_power square frac logit round clamp clip clamp_min clamp_max lerp addcmul addcdiv
        nan_to_num isclose allclose equal deg2rad rad2deg hypot nextafter xlogy signbit copysign heaviside logaddexp
        log_softmax sinc gcd lcm lgamma digamma erfinv i0 ldexp logaddexp2 mvlgamma isposinf isneginf isreal arcsinh arccosh
        arctan2""",
    ),
    (
        _reduce,
        """sum nansum mean prod any all amax amin aminmax max min argmax argmin var std norm dist logsumexp cumsum cumprod
        logcumsumexp cummax cummin diff sort msort argsort topk kthvalue median quantile unique unique_consecutive
        nonzero argwhere nanmean isin count_nonzero bincount histc renorm mode nanmedian nanquantile cov corrcoef""",
    ),
    (
        _shape,
        """reshape view_as reshape_as flatten ravel squeeze unsqueeze transpose swapaxes swapdims t movedim moveaxis expand
        expand_as broadcast_to select narrow unbind split_with_sizes chunk tensor_split hsplit vsplit repeat tile
        repeat_interleave flip fliplr flipud roll rot90 index_select take gather take_along_dim scatter scatter_add
        scatter_reduce index_add index_copy index_fill masked_fill masked_select masked_scatter tril triu diagonal diag
        diag_embed trace unfold as_strided diagflat diagonal_scatter select_scatter slice_scatter dsplit put index_reduce""",
    ),
    (
        _linalg,
        "matmul mm mv bmm dot inner vdot outer ger addmm addmv addbmm baddbmm addr tensordot kron cross",
    ),
    (_decompose, "det logdet slogdet inverse matrix_power cholesky_solve cholesky_inverse"),
]

# Methods whose name with an underscore changes the tensor itself.
_IN_PLACE = """exp expm1 log log1p log2 log10 sqrt rsqrt sin cos tan asin acos atan sinh cosh tanh erf sigmoid reciprocal
floor ceil trunc abs sign relu neg add sub mul div pow square frac round clamp clamp_min clamp_max lerp addcmul addcdiv
floor_divide remainder fmod eq ne lt le gt ge logical_and logical_or logical_xor logical_not bitwise_and bitwise_or
bitwise_xor bitwise_not nan_to_num cumsum cumprod scatter scatter_add scatter_reduce index_add index_copy masked_scatter
tril triu addmm addmv baddbmm renorm multiply divide subtract absolute acosh asinh atanh arcsin arccos arctan arcsinh
arccosh arctanh atan2 arctan2 addbmm addr bitwise_left_shift bitwise_right_shift clip copysign deg2rad rad2deg digamma
erfc erfinv exp2 fix float_power gcd lcm greater greater_equal less less_equal not_equal heaviside hypot i0 ldexp lgamma
logit mvlgamma negative sgn sinc true_divide xlogy put index_reduce""".split()


def _changing(function):
    def method(self, *args, **kwargs):
        return _stored(self, function(self, *args, **kwargs))

    return method


for _module, _names in _METHODS:
    for _name in _names.split():
        setattr(Tensor, _name, getattr(_module, _name))
for _name in _IN_PLACE:
    setattr(Tensor, _name + "_", _changing(getattr(Tensor, _name)))

Tensor.cholesky = _decompose.old_cholesky
Tensor.qr = _decompose.old_qr
for _name in "swapaxes swapdims".split():
    setattr(Tensor, _name + "_", Tensor.transpose_)

_braid.set_tensor_class(Tensor)


def _legacy_class(name, code):
    """`torch.LongTensor` and its relatives: constructors that `isinstance` understands as a type of elements."""

    class Meta(type):
        def __instancecheck__(cls, value):
            return is_tensor(value) and _braid.code(value) == code

        def __call__(cls, *args, **kwargs):
            return _creation.legacy(code, args)

    return Meta(name, (), {"code": code, "dtype": BY_CODE[code]})


FloatTensor = _legacy_class("FloatTensor", "f32")
DoubleTensor = _legacy_class("DoubleTensor", "f64")
HalfTensor = _legacy_class("HalfTensor", "f16")
BFloat16Tensor = _legacy_class("BFloat16Tensor", "bf16")
ByteTensor = _legacy_class("ByteTensor", "u8")
CharTensor = _legacy_class("CharTensor", "i8")
ShortTensor = _legacy_class("ShortTensor", "i16")
IntTensor = _legacy_class("IntTensor", "i32")
LongTensor = _legacy_class("LongTensor", "i64")
BoolTensor = _legacy_class("BoolTensor", "bool")
