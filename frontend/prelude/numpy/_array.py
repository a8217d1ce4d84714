"""`ndarray`."""

import _braid
import torch
from numpy._dtypes import code_of, type_of


def tensor_of(x, code=None):
    """Anything array-like as a tensor; Python floats are `float64`."""
    inner = getattr(x, "_tensor", None)
    if inner is not None:
        t = inner
    elif isinstance(x, torch.Tensor):
        t = x
    else:
        t = _braid.tensor(x, code)
        if code is None and _braid.code(t) == "f32":
            t = _braid.tensor(x, "f64")
    return t if code is None else _braid.convert(t, code)


def operand(x):
    """Arrays as tensors; numbers stay numbers, so that they take the array's type."""
    inner = getattr(x, "_tensor", None)
    return x if inner is None else inner


def _indices(index):
    if isinstance(index, tuple):
        return tuple([operand(i) for i in index])
    return operand(index)


def _promoted(function):
    def method(self, other):
        if isinstance(other, (list, tuple)):
            other = ndarray(tensor_of(other))
        a, b = self._tensor, operand(other)
        if isinstance(b, float) and not a.is_floating_point():
            a = a.double()
        return ndarray(function(a, b))

    return method


class ndarray:
    def __init__(self, tensor):
        self._tensor = tensor

    @property
    def shape(self):
        return tuple(self._tensor.shape)

    @property
    def ndim(self):
        return self._tensor.dim()

    @property
    def size(self):
        return self._tensor.numel()

    @property
    def dtype(self):
        return type_of(_braid.code(self._tensor))

    @property
    def T(self):
        return ndarray(self._tensor.T)

    def __len__(self):
        return len(self._tensor)

    def __iter__(self):
        return iter([_scalar(t) for t in self._tensor])

    def __getitem__(self, index):
        return _scalar(self._tensor[_indices(index)])

    def __setitem__(self, index, value):
        self._tensor[_indices(index)] = tensor_of(value)

    def __bool__(self):
        return bool(self._tensor)

    def __int__(self):
        return int(self._tensor)

    def __float__(self):
        return float(self._tensor)

    def __index__(self):
        return int(self._tensor)

    def __repr__(self):
        return "array" + repr(self._tensor)[6:]

    __add__ = _promoted(lambda a, b: a + b)
    __radd__ = _promoted(lambda a, b: b + a)
    __sub__ = _promoted(lambda a, b: a - b)
    __rsub__ = _promoted(lambda a, b: b - a)
    __mul__ = _promoted(lambda a, b: a * b)
    __rmul__ = _promoted(lambda a, b: b * a)
    __floordiv__ = _promoted(lambda a, b: a // b)
    __rfloordiv__ = _promoted(lambda a, b: b // a)
    __mod__ = _promoted(lambda a, b: a % b)
    __pow__ = _promoted(lambda a, b: a**b)
    __rpow__ = _promoted(lambda a, b: b**a)
    __lt__ = _promoted(lambda a, b: a < b)
    __le__ = _promoted(lambda a, b: a <= b)
    __gt__ = _promoted(lambda a, b: a > b)
    __ge__ = _promoted(lambda a, b: a >= b)
    __eq__ = _promoted(lambda a, b: a == b)
    __ne__ = _promoted(lambda a, b: a != b)
    __and__ = _promoted(lambda a, b: a & b)
    __or__ = _promoted(lambda a, b: a | b)
    __matmul__ = _promoted(lambda a, b: a @ b)

    def __truediv__(self, other):
        return ndarray(_real(self._tensor) / operand(other))

    def __rtruediv__(self, other):
        return ndarray(operand(other) / _real(self._tensor))

    def __neg__(self):
        return ndarray(-self._tensor)

    def __abs__(self):
        return ndarray(self._tensor.abs())

    def __invert__(self):
        return ndarray(~self._tensor)

    def __hash__(self):
        return id(self)

    def astype(self, t, copy=True):
        return ndarray(_braid.convert(self._tensor, code_of(t)))

    def reshape(self, *shape):
        return ndarray(self._tensor.reshape(*shape))

    def transpose(self, *order):
        if not order or order[0] is None:
            return self.T
        return ndarray(self._tensor.permute(*order))

    def flatten(self):
        return ndarray(self._tensor.reshape(-1))

    ravel = flatten

    def squeeze(self, axis=None):
        return ndarray(self._tensor.squeeze(axis))

    def copy(self):
        return ndarray(self._tensor.clone())

    def fill(self, value):
        self._tensor.fill_(value)

    def item(self):
        return self._tensor.item()

    def tolist(self):
        return self._tensor.tolist()

    def sum(self, axis=None, keepdims=False):
        return _scalar(self._tensor.sum(axis, keepdims))

    def mean(self, axis=None, keepdims=False):
        return _scalar(_real(self._tensor).mean(axis, keepdims))

    def std(self, axis=None, keepdims=False):
        return _scalar(_real(self._tensor).std(axis, False, keepdims))

    def var(self, axis=None, keepdims=False):
        return _scalar(_real(self._tensor).var(axis, False, keepdims))

    def prod(self, axis=None):
        return _scalar(self._tensor.prod(axis))

    def max(self, axis=None, keepdims=False):
        return _scalar(self._tensor.amax(axis, keepdims))

    def min(self, axis=None, keepdims=False):
        return _scalar(self._tensor.amin(axis, keepdims))

    def argmax(self, axis=None):
        return _scalar(self._tensor.argmax(axis))

    def argmin(self, axis=None):
        return _scalar(self._tensor.argmin(axis))

    def argsort(self, axis=-1):
        return ndarray(self._tensor.argsort(axis))

    def cumsum(self, axis=None):
        return ndarray(self._tensor.reshape(-1).cumsum(0) if axis is None else self._tensor.cumsum(axis))

    def any(self, axis=None):
        return _scalar(self._tensor.any(axis))

    def all(self, axis=None):
        return _scalar(self._tensor.all(axis))

    def dot(self, other):
        return ndarray(self._tensor.matmul(tensor_of(other)))

    def nonzero(self):
        return tuple([ndarray(t) for t in self._tensor.nonzero(as_tuple=True)])

    def repeat(self, repeats, axis=None):
        return ndarray(self._tensor.repeat_interleave(repeats, axis))

    def clip(self, low=None, high=None):
        return ndarray(self._tensor.clamp(low, high))

    def round(self, decimals=0):
        return ndarray(self._tensor.round(decimals=decimals))


def _real(t):
    return t if t.is_floating_point() else t.double()


def _scalar(t):
    """Results of rank 0 are Python numbers, as near to NumPy's scalars as is needed."""
    return t.item() if t.dim() == 0 else ndarray(t)
