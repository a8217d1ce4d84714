"""Functions of the numpy namespace."""

import math

import _braid
import torch
from numpy._array import _real, _scalar, ndarray, operand, tensor_of
from numpy._dtypes import code_of


def array(data, dtype=None, copy=True, ndmin=0):
    t = tensor_of(data, code_of(dtype))
    while t.dim() < ndmin:
        t = t.unsqueeze(0)
    return ndarray(t.clone() if copy else t)


def asarray(data, dtype=None):
    return data if isinstance(data, ndarray) and dtype is None else array(data, dtype, False)


ascontiguousarray = asarray


def _size(shape):
    return [shape] if isinstance(shape, int) else list(shape)


def zeros(shape, dtype=None):
    return ndarray(_braid.full(_size(shape), 0, code_of(dtype) or "f64"))


def ones(shape, dtype=None):
    return ndarray(_braid.full(_size(shape), 1, code_of(dtype) or "f64"))


def full(shape, value, dtype=None):
    return ndarray(_braid.full(_size(shape), value, code_of(dtype) or ("f64" if isinstance(value, float) else "i64")))


empty = zeros


def zeros_like(a, dtype=None):
    t = tensor_of(a)
    return zeros(list(t.shape), dtype or asarray(a).dtype)


def ones_like(a, dtype=None):
    t = tensor_of(a)
    return ones(list(t.shape), dtype or asarray(a).dtype)


empty_like = zeros_like


def full_like(a, value, dtype=None):
    return full(list(tensor_of(a).shape), value, dtype or asarray(a).dtype)


def arange(*bounds, dtype=None):
    real = any([isinstance(b, float) for b in bounds])
    code = code_of(dtype) or ("f64" if real else "i64")
    return ndarray(_braid.convert(torch.arange(*bounds, dtype="float64" if real else None), code))


def linspace(start, stop, num=50, endpoint=True, dtype=None):
    if not endpoint:
        stop = stop - (stop - start) / num
    return ndarray(_braid.convert(torch.linspace(start, stop, num, dtype="float64"), code_of(dtype) or "f64"))


def eye(n, m=None, dtype=None):
    return ndarray(_braid.convert(torch.eye(n, m), code_of(dtype) or "f64"))


identity = eye


def _elementwise(function, number):
    """A function of numbers, and of arrays element by element."""

    def apply(x, dtype=None):
        if isinstance(x, (int, float)):
            return number(x)
        return ndarray(function(_real(tensor_of(x))))

    return apply


sqrt = _elementwise(torch.sqrt, math.sqrt)
exp = _elementwise(torch.exp, math.exp)
log = _elementwise(torch.log, math.log)
log2 = _elementwise(torch.log2, math.log2)
log10 = _elementwise(torch.log10, math.log10)
log1p = _elementwise(torch.log1p, math.log1p)
sin = _elementwise(torch.sin, math.sin)
cos = _elementwise(torch.cos, math.cos)
tan = _elementwise(torch.tan, math.tan)
tanh = _elementwise(torch.tanh, math.tanh)
sinh = _elementwise(torch.sinh, math.sinh)
cosh = _elementwise(torch.cosh, math.cosh)
arcsin = _elementwise(torch.asin, math.asin)
arccos = _elementwise(torch.acos, math.acos)
log2 = _elementwise(torch.log2, math.log2)
log10 = _elementwise(torch.log10, math.log10)
log1p = _elementwise(torch.log1p, math.log1p)
expm1 = _elementwise(torch.expm1, math.expm1)
deg2rad = radians = _elementwise(torch.deg2rad, math.radians)
rad2deg = degrees = _elementwise(torch.rad2deg, math.degrees)
arctan = _elementwise(torch.atan, math.atan)
floor = _elementwise(torch.floor, lambda x: float(math.floor(x)))
ceil = _elementwise(torch.ceil, lambda x: float(math.ceil(x)))
rint = _elementwise(torch.round, lambda x: float(round(x)))
trunc = _elementwise(torch.trunc, lambda x: float(math.trunc(x)))
deg2rad = radians = _elementwise(torch.deg2rad, math.radians)
isnan = _elementwise(torch.isnan, math.isnan)
isinf = _elementwise(torch.isinf, math.isinf)
isfinite = _elementwise(torch.isfinite, math.isfinite)


def abs(x):
    return -x if isinstance(x, (int, float)) and x < 0 else x if isinstance(x, (int, float)) else ndarray(tensor_of(x).abs())


absolute = fabs = abs


def round(x, decimals=0):
    return asarray(x).round(decimals)


around = round


def sign(x):
    return _scalar(tensor_of(x).sign())


def square(x):
    return x * x


def power(x, y):
    return asarray(x) ** y if not isinstance(x, (int, float)) else x**y


def maximum(a, b):
    return _scalar(torch.maximum(tensor_of(a), operand(b)))


def minimum(a, b):
    return _scalar(torch.minimum(tensor_of(a), operand(b)))


def clip(a, low, high):
    return _scalar(tensor_of(a).clamp(low, high))


def where(condition, a=None, b=None):
    condition = tensor_of(condition)
    if a is None:
        return tuple([ndarray(t) for t in condition.nonzero(as_tuple=True)])
    return ndarray(torch.where(condition, operand(a), operand(b)))


def _reduction(name):
    def function(a, axis=None, **kwargs):
        if isinstance(a, (list, tuple)) and a and isinstance(a[0], torch.Tensor):
            a = ndarray(_braid.tensor(a, None))
        return getattr(asarray(a), name)(axis, **kwargs)

    return function


sum = _reduction("sum")
mean = average = _reduction("mean")
std = _reduction("std")
var = _reduction("var")
prod = product = _reduction("prod")
max = amax = _reduction("max")
min = amin = _reduction("min")
argmax = _reduction("argmax")
argmin = _reduction("argmin")
cumsum = _reduction("cumsum")
any = _reduction("any")
all = _reduction("all")


def argsort(a, axis=-1):
    return asarray(a).argsort(axis)


def sort(a, axis=-1):
    return ndarray(tensor_of(a).sort(axis).values)


def median(a, axis=None):
    values = tensor_of(a).reshape(-1).sort().values
    n = values.shape[0]
    return ((values[(n - 1) // 2] + values[n // 2]) / 2).item()


def concatenate(arrays, axis=0):
    return ndarray(torch.cat([tensor_of(a) for a in arrays], axis))


def stack(arrays, axis=0):
    return ndarray(torch.stack([tensor_of(a) for a in arrays], axis))


def vstack(arrays):
    return ndarray(torch.vstack([tensor_of(a) for a in arrays]))


def hstack(arrays):
    return ndarray(torch.hstack([tensor_of(a) for a in arrays]))


def expand_dims(a, axis):
    t = tensor_of(a)
    for i in sorted(axis) if isinstance(axis, tuple) else [axis]:
        t = t.unsqueeze(i)
    return ndarray(t)


def squeeze(a, axis=None):
    return asarray(a).squeeze(axis)


def reshape(a, shape):
    return ndarray(tensor_of(a).reshape(_size(shape)))


def ravel(a):
    return asarray(a).ravel()


def transpose(a, axes=None):
    return asarray(a).transpose(*([] if axes is None else axes))


def swapaxes(a, first, second):
    return ndarray(tensor_of(a).transpose(first, second))


def tile(a, reps):
    return ndarray(tensor_of(a).tile(*_size(reps)))


def repeat(a, repeats, axis=None):
    return asarray(a).repeat(repeats, axis)


def broadcast_to(a, shape):
    return ndarray(tensor_of(a).broadcast_to(shape))


def split(a, sections, axis=0):
    return [ndarray(t) for t in tensor_of(a).tensor_split(sections, axis)]


def array_split(a, sections, axis=0):
    return split(a, sections, axis)


def flip(a, axis=None):
    t = tensor_of(a)
    return ndarray(t.flip(*(range(t.dim()) if axis is None else [axis])))


def pad(a, pad_width, mode="constant", constant_values=0, **kwargs):
    t = tensor_of(a)
    if isinstance(pad_width, int):
        pad_width = [(pad_width, pad_width)] * t.dim()
    amounts = []
    for before, after in reversed(list(pad_width)):
        amounts.extend([before, after])
    names = {"constant": "constant", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}
    if mode not in names:
        raise NotImplementedError(f"np.pad with mode '{mode}' is not supported")
    if mode == "constant":
        while isinstance(constant_values, (list, tuple)):
            if len([v for v in constant_values if v != constant_values[0]]):
                raise NotImplementedError("np.pad with several constant values is not supported")
            constant_values = constant_values[0]
        return ndarray(torch.nn.functional.pad(t, amounts, "constant", constant_values))
    return ndarray(torch.nn.functional.pad(t, amounts, names[mode]))


def dot(a, b):
    return _scalar(tensor_of(a).matmul(tensor_of(b)))


matmul = dot


def outer(a, b):
    return ndarray(torch.outer(tensor_of(a), tensor_of(b)))


def einsum(equation, *operands):
    return ndarray(torch.einsum(equation, *[tensor_of(o) for o in operands]))


def tril(a, k=0):
    return ndarray(tensor_of(a).tril(k))


def triu(a, k=0):
    return ndarray(tensor_of(a).triu(k))


def diag(a, k=0):
    return ndarray(torch.diag(tensor_of(a), k))


def meshgrid(*arrays, indexing="xy"):
    return [ndarray(t) for t in torch.meshgrid(*[tensor_of(a) for a in arrays], indexing=indexing)]


def unique(a):
    return ndarray(tensor_of(a).unique())


def nonzero(a):
    return asarray(a).nonzero()


def array_equal(a, b):
    return torch.equal(tensor_of(a), tensor_of(b))


def allclose(a, b, rtol=1e-5, atol=1e-8):
    return torch.allclose(tensor_of(a), tensor_of(b), rtol, atol)


def ndim(a):
    return asarray(a).ndim


def shape(a):
    return asarray(a).shape


def isclose(a, b, rtol=1e-5, atol=1e-8):
    return _scalar(torch.isclose(tensor_of(a), tensor_of(b), rtol, atol))


def _operator(function):
    """A function of two arrays that is one of Python's operators."""

    def apply(a, b):
        if not isinstance(a, ndarray) and not isinstance(b, ndarray):
            a = asarray(a)
        result = function(a, b)
        return _scalar(result._tensor) if isinstance(result, ndarray) else result

    return apply


add = _operator(lambda a, b: a + b)
subtract = _operator(lambda a, b: a - b)
multiply = _operator(lambda a, b: a * b)
divide = true_divide = _operator(lambda a, b: a / b)
floor_divide = _operator(lambda a, b: a // b)
mod = remainder = _operator(lambda a, b: a % b)
equal = _operator(lambda a, b: a == b)
not_equal = _operator(lambda a, b: a != b)
less = _operator(lambda a, b: a < b)
less_equal = _operator(lambda a, b: a <= b)
greater = _operator(lambda a, b: a > b)
greater_equal = _operator(lambda a, b: a >= b)


def negative(a):
    return -asarray(a)


def logical_and(a, b):
    return _scalar(torch.logical_and(tensor_of(a), tensor_of(b)))


def logical_or(a, b):
    return _scalar(torch.logical_or(tensor_of(a), tensor_of(b)))


def logical_not(a):
    return _scalar(torch.logical_not(tensor_of(a)))


def arctan2(a, b):
    a, b = _real(tensor_of(a)), _real(tensor_of(b))
    return _scalar(torch.atan2(a, b))


def nextafter(a, b):
    return _scalar(torch.nextafter(_real(tensor_of(a)), _real(tensor_of(b))))


def hypot(a, b):
    return _scalar(torch.hypot(_real(tensor_of(a)), _real(tensor_of(b))))


def roll(a, shift, axis=None):
    return ndarray(torch.roll(tensor_of(a), shift, axis))


def rot90(a, k=1, axes=(0, 1)):
    return ndarray(torch.rot90(tensor_of(a), k, axes))


def fliplr(a):
    return flip(a, 1)


def flipud(a):
    return flip(a, 0)


def moveaxis(a, source, destination):
    return ndarray(tensor_of(a).movedim(source, destination))


def rollaxis(a, axis, start=0):
    t = tensor_of(a)
    axis = axis % t.dim()
    start = start + t.dim() if start < 0 else start
    return moveaxis(a, axis, start - 1 if axis < start else start)


def column_stack(arrays):
    return ndarray(torch.column_stack([tensor_of(a) for a in arrays]))


def dstack(arrays):
    return ndarray(torch.dstack([tensor_of(a) for a in arrays]))


def append(a, values, axis=None):
    return concatenate([ravel(a), ravel(values)]) if axis is None else concatenate([a, values], axis)


def atleast_1d(a):
    return ndarray(torch.atleast_1d(tensor_of(a)))


def atleast_2d(a):
    return ndarray(torch.atleast_2d(tensor_of(a)))


def take(a, indices, axis=None):
    t = tensor_of(a).reshape(-1) if axis is None else tensor_of(a)
    places = tensor_of(indices)
    at = 0 if axis is None else axis % t.dim()
    return _scalar(t[(slice(None),) * at + (places,)])


def argwhere(a):
    return ndarray(tensor_of(a).argwhere())


flatnonzero = lambda a: ravel(a).nonzero()[0]


def count_nonzero(a, axis=None):
    return _scalar(torch.count_nonzero(tensor_of(a), axis))


def percentile(a, q, axis=None):
    return quantile(a, q / 100, axis)


def quantile(a, q, axis=None):
    return _scalar(torch.quantile(_real(tensor_of(a)), q, axis))


def diff(a, n=1, axis=-1):
    return ndarray(torch.diff(tensor_of(a), n, axis))


def cumprod(a, axis=None):
    return ndarray(tensor_of(a).reshape(-1).cumprod(0) if axis is None else tensor_of(a).cumprod(axis))


cumproduct = cumprod


def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None):
    return power(base, linspace(start, stop, num, endpoint))


def geomspace(start, stop, num=50, endpoint=True):
    return power(10.0, linspace(math.log10(start), math.log10(stop), num, endpoint))


def triu_indices(n, k=0, m=None):
    return nonzero(triu(ones((n, n if m is None else m)), k))


def tril_indices(n, k=0, m=None):
    return nonzero(tril(ones((n, n if m is None else m)), k))


def tri(n, m=None, k=0, dtype=None):
    return tril(ones((n, n if m is None else m), dtype), k)


def trace(a):
    return _scalar(tensor_of(a).trace())


def kron(a, b):
    return ndarray(torch.kron(tensor_of(a), tensor_of(b)))


def cross(a, b):
    return ndarray(torch.linalg.cross(tensor_of(a), tensor_of(b)))


def inner(a, b):
    return _scalar(torch.inner(tensor_of(a), tensor_of(b)))


def tensordot(a, b, axes=2):
    return _scalar(torch.tensordot(tensor_of(a), tensor_of(b), axes))


def isin(a, values):
    return _scalar(torch.isin(tensor_of(a), tensor_of(values)))


def indices(dimensions):
    grids = meshgrid(*[arange(n) for n in dimensions], indexing="ij")
    return stack(grids)


def unravel_index(index, shape):
    found = torch.unravel_index(tensor_of(index), tuple(shape))
    return tuple([_scalar(t) for t in found])


def vectorize(function, otypes=None):
    """Applied to every element of one array."""

    def apply(a):
        values = [function(v) for v in tensor_of(a).reshape(-1).tolist()]
        return array(values).reshape(shape(a))

    return apply


def isscalar(x):
    return isinstance(x, (int, float, bool, str))


def load(*args, **kwargs):
    raise NotImplementedError("np.load is not supported: give weights with --weights")


def save(*args, **kwargs):
    raise NotImplementedError("np.save is not supported: nothing is written while a network is compiled")
