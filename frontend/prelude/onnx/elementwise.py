"""Operators element by element."""

import math

import _braid
import torch
from onnx._narrow import decode, encode, is_narrow
from onnx._types import code_of, dtype_of
from onnx._values import Coded, Ints, op, tensor

# Beyond it, arithmetic that wraps in the model's integers and does not in Python's could differ.
_LARGE = 1 << 30


def _small(values):
    return all([not _braid.is_known(v) or -_LARGE <= v <= _LARGE for v in values])


def _pairs(a, b):
    """The elements of two broadcast `Ints`, or None if they are to be computed as tensors."""
    if not (isinstance(a, Ints) and isinstance(b, Ints)) or not (_small(a.values) and _small(b.values)):
        return None
    n, m = len(a.values), len(b.values)
    if n == m:
        return list(zip(a.values, b.values))
    if n == 1:
        return [(a.values[0], y) for y in b.values]
    if m == 1:
        return [(x, b.values[0]) for x in a.values]
    return None


def _binary(name, on_tensors, on_ints, code=None):
    """A broadcasting operator; `code` is the element type of its result if that is not its operands'."""

    @op(ints=True, same=True)
    def function(a, b):
        pairs = None if on_ints is None else _pairs(a, b)
        if pairs is not None:
            return Ints([on_ints(x, y) for x, y in pairs], a.rank if a.rank > b.rank else b.rank, code or a.code)
        return on_tensors(tensor(a), tensor(b))

    function.__name__ = name
    return function


def _legacy(name, function):
    """The same before opset 7, which broadcasts only where `broadcast` asks for it, from dimension `axis` on."""

    def legacy(a, b, *, axis=None, broadcast=0, consumed_inputs=None):
        if broadcast and axis is not None:
            x, y = tensor(a), tensor(b)
            axis = axis + x.dim() if axis < 0 else axis
            b = y.reshape(list(y.shape) + [1] * (x.dim() - axis - y.dim()))
        return function(a, b)

    legacy.__name__ = name
    return legacy


def _divided(a, b):
    return a / b if a.is_floating_point() else torch.div(a, b, rounding_mode="trunc")


Add = _binary("Add", lambda a, b: a + b, lambda x, y: x + y)
Sub = _binary("Sub", lambda a, b: a - b, lambda x, y: x - y)
Mul = _binary("Mul", lambda a, b: a * b, lambda x, y: x * y)
Equal = _binary("Equal", torch.eq, lambda x, y: x == y, "bool")
Less = _binary("Less", torch.lt, lambda x, y: x < y, "bool")
LessOrEqual = _binary("LessOrEqual", torch.le, lambda x, y: x <= y, "bool")
Greater = _binary("Greater", torch.gt, lambda x, y: x > y, "bool")
GreaterOrEqual = _binary("GreaterOrEqual", torch.ge, lambda x, y: x >= y, "bool")
And = _binary("And", torch.logical_and, None)
Or = _binary("Or", torch.logical_or, None)
Xor = _binary("Xor", torch.logical_xor, None)
BitwiseAnd = _binary("BitwiseAnd", torch.bitwise_and, None)
BitwiseOr = _binary("BitwiseOr", torch.bitwise_or, None)
BitwiseXor = _binary("BitwiseXor", torch.bitwise_xor, None)
_div = _binary("Div", _divided, None)

Add_1 = _legacy("Add", Add)
Sub_1 = _legacy("Sub", Sub)
Mul_1 = _legacy("Mul", Mul)
Equal_1 = _legacy("Equal", Equal)
Less_1 = _legacy("Less", Less)
Greater_1 = _legacy("Greater", Greater)
And_1 = _legacy("And", And)
Or_1 = _legacy("Or", Or)
Xor_1 = _legacy("Xor", Xor)


@op(ints=True)
def Div(a, b):
    pairs = _pairs(a, b)
    # Division rounds to zero; of numbers that are not negative it is Python's.
    if pairs is not None and all([_braid.is_known(y) and y > 0 for _, y in pairs]):
        if all([not _braid.is_known(x) or x >= 0 for x, _ in pairs]) and all([x >= 0 for x, _ in pairs]):
            return Ints([x // y for x, y in pairs], a.rank if a.rank > b.rank else b.rank, a.code)
    return _div(a, b)


Div_1 = _legacy("Div", Div)


@op(same=True)
def Mod(a, b, *, fmod=0):
    if fmod:
        return torch.fmod(a, b)
    rest = torch.remainder(a, b)
    # A zero has the divisor's sign, too.
    return torch.where(rest == 0, torch.copysign(torch.zeros_like(rest), b), rest) if a.is_floating_point() else rest


@op
def Pow(a, b):
    if a.dtype is b.dtype:
        return torch.pow(a, b)
    if a.is_floating_point():
        return torch.pow(a, b.to(a.dtype))
    if b.is_floating_point():
        wide = torch.float64 if b.dtype is torch.float64 or a.element_size() > 2 else torch.float32
        return torch.pow(a.to(wide), b.to(wide)).to(a.dtype)
    return torch.pow(a.to(torch.int64), b.to(torch.int64)).to(a.dtype)


Pow_1 = _legacy("Pow", Pow)


@op(same=True)
def BitShift(a, b, *, direction):
    # A shift by all bits or more, for which a negative one counts, leaves nothing but the sign of what goes right.
    inside = (b >= 0) & (b < a.element_size() * 8)
    zero = torch.zeros_like(a)
    if direction == "LEFT":
        return torch.where(inside, torch.bitwise_left_shift(a, torch.where(inside, b, zero)), zero)
    beyond = torch.where(a < 0, zero - 1, zero) if a.dtype.is_signed else zero
    return torch.where(inside, torch.bitwise_right_shift(a, torch.where(inside, b, zero)), beyond)


def _folded(xs, function):
    result = xs[0]
    for x in xs[1:]:
        result = function(result, x)
    return result


@op(same=True)
def Max(*xs):
    return _folded(xs, torch.maximum)


@op(same=True)
def Min(*xs):
    return _folded(xs, torch.minimum)


@op(same=True)
def Sum(*xs):
    return _folded(xs, torch.add)


@op(same=True)
def Mean(*xs):
    return _folded(xs, torch.add) / len(xs)


@op(ints=True)
def Not(x):
    if isinstance(x, Ints) and all([_braid.is_known(v) for v in x.values]):
        return Ints([not v for v in x.values], x.rank, "bool")
    return torch.logical_not(tensor(x))


@op(ints=True)
def Neg(x):
    if isinstance(x, Ints) and _small(x.values):
        return Ints([-v for v in x.values], x.rank, x.code)
    return torch.neg(tensor(x))


def _unary(name, function):
    @op
    def unary(x):
        return function(x)

    unary.__name__ = name
    return unary


Abs = _unary("Abs", torch.abs)
Acos = _unary("Acos", torch.acos)
Acosh = _unary("Acosh", torch.acosh)
Asin = _unary("Asin", torch.asin)
Asinh = _unary("Asinh", torch.asinh)
Atan = _unary("Atan", torch.atan)
Atanh = _unary("Atanh", torch.atanh)
BitwiseNot = _unary("BitwiseNot", torch.bitwise_not)
Ceil = _unary("Ceil", torch.ceil)
Cos = _unary("Cos", torch.cos)
Cosh = _unary("Cosh", torch.cosh)
Erf = _unary("Erf", torch.erf)
Exp = _unary("Exp", torch.exp)
Floor = _unary("Floor", torch.floor)
IsNaN = _unary("IsNaN", torch.isnan)
Log = _unary("Log", torch.log)
Reciprocal = _unary("Reciprocal", torch.reciprocal)
Relu = _unary("Relu", torch.relu)
Round = _unary("Round", torch.round)
Sigmoid = _unary("Sigmoid", torch.sigmoid)
Sign = _unary("Sign", torch.sign)
Sin = _unary("Sin", torch.sin)
Sinh = _unary("Sinh", torch.sinh)
Softplus = _unary("Softplus", lambda x: torch.maximum(x, torch.zeros_like(x)) + torch.log1p(torch.exp(-torch.abs(x))))
Softsign = _unary("Softsign", lambda x: x / (1 + torch.abs(x)))
Sqrt = _unary("Sqrt", torch.sqrt)
Tan = _unary("Tan", torch.tan)
Tanh = _unary("Tanh", torch.tanh)
HardSwish = _unary("HardSwish", lambda x: x * torch.clamp(x * (1 / 6) + 0.5, 0, 1))
Mish = _unary("Mish", lambda x: x * torch.tanh(torch.maximum(x, torch.zeros_like(x)) + torch.log1p(torch.exp(-torch.abs(x)))))


@op
def IsInf(x, *, detect_negative=1, detect_positive=1):
    infinite = torch.isinf(x)
    if not detect_negative:
        infinite = infinite & (x > 0)
    if not detect_positive:
        infinite = infinite & (x < 0)
    return infinite


@op(same=True)
def Clip(x, low=None, high=None):
    if low is not None:
        x = torch.maximum(x, low.reshape([]))
    if high is not None:
        x = torch.minimum(x, high.reshape([]))
    return x


@op
def Clip_6(x, *, min=-math.inf, max=math.inf):
    return torch.clamp(x, min, max)


@op(ints=True)
def Where(condition, a, b):
    if isinstance(condition, Ints) and isinstance(a, Ints) and isinstance(b, Ints) and a.code == b.code:
        n = max([len(v.values) for v in (condition, a, b)])
        if all([_braid.is_known(c) for c in condition.values]) and all([len(v.values) in (1, n) for v in (condition, a, b)]):
            at = lambda v, i: v.values[i if len(v.values) == n else 0]
            chosen = [at(a, i) if at(condition, i) else at(b, i) for i in range(n)]
            return Ints(chosen, max([v.rank for v in (condition, a, b)]), a.code)
    a, b = tensor(a), tensor(b)
    if a.dtype is not b.dtype:
        raise TypeError(f"both sides must have one element type, but they are {a.dtype} and {b.dtype}")
    return torch.where(tensor(condition), a, b)


@op(same=True)
def PRelu(x, slope):
    return torch.where(x < 0, x * slope, x)


@op(same=True)
def PRelu_1(x, slope):
    # One slope for each channel.
    if slope.dim() == 1 and x.dim() > 2:
        slope = slope.reshape([-1] + [1] * (x.dim() - 2))
    return torch.where(x < 0, x * slope, x)


@op
def LeakyRelu(x, *, alpha=0.01):
    return torch.where(x < 0, x * alpha, x)


@op
def Elu(x, *, alpha=1.0):
    return torch.where(x < 0, alpha * torch.expm1(x), x)


@op
def Selu(x, *, alpha=1.67326319217681884765625, gamma=1.05070102214813232421875):
    return gamma * torch.where(x > 0, x, alpha * torch.expm1(x))


@op
def Celu(x, *, alpha=1.0):
    zero = torch.zeros_like(x)
    return torch.maximum(x, zero) + torch.minimum(zero, alpha * torch.expm1(x / alpha))


@op
def Gelu(x, *, approximate="none"):
    return torch.nn.functional.gelu(x, approximate=approximate)


@op
def Swish(x, *, alpha=1.0):
    return x * torch.sigmoid(alpha * x)


@op
def HardSigmoid(x, *, alpha=0.2, beta=0.5):
    return torch.clamp(alpha * x + beta, 0, 1)


@op
def ThresholdedRelu(x, *, alpha=1.0):
    return torch.where(x > alpha, x, torch.zeros_like(x))


@op
def Shrink(x, *, bias=0.0, lambd=0.5):
    zero = torch.zeros_like(x)
    return torch.where(x < -lambd, x + bias, torch.where(x > lambd, x - bias, zero)).to(x.dtype)


@op
def Softmax(x, *, axis=-1):
    if x.element_size() > 2:
        return torch.softmax(x, axis)
    # The specification's function body, whose every step is of the operand's type.
    weights = torch.exp(x - torch.amax(x, dim=axis, keepdim=True))
    return weights / torch.sum(weights, dim=axis, keepdim=True)


@op
def LogSoftmax(x, *, axis=-1):
    return torch.log_softmax(x, axis)


@op
def Hardmax(x, *, axis=-1):
    size = x.shape[axis]
    at = torch.argmax(x, axis, keepdim=True)
    shape = [1] * x.dim()
    shape[axis] = size
    return (torch.arange(size).reshape(shape) == at).to(x.dtype)


def _flattened(name, function):
    """Before opset 13: over all dimensions from `axis` on, taken together."""

    @op
    def flattened(x, *, axis=1):
        axis = axis + x.dim() if axis < 0 else axis
        shape = list(x.shape)
        rows = 1
        for n in shape[:axis]:
            rows = rows * n
        columns = 1
        for n in shape[axis:]:
            columns = columns * n
        return function(x.reshape([rows, columns]), axis=1).reshape(shape)

    flattened.__name__ = name
    return flattened


Softmax_1 = _flattened("Softmax", Softmax)
LogSoftmax_1 = _flattened("LogSoftmax", LogSoftmax)
Hardmax_1 = _flattened("Hardmax", Hardmax)


@op(ints=True)
def Cast(x, *, to, saturate=1, round_mode="up"):
    if isinstance(x, Coded) and x.type == to:
        return x
    code = {6: "i32", 7: "i64"}.get(to)
    if isinstance(x, Ints) and (code is not None and x.code != "bool" and _small(x.values) or to == 9 and x.code == "bool"):
        return Ints(x.values, x.rank, code or "bool")
    x = decode(x) if isinstance(x, Coded) else tensor(x)
    return encode(x, to, bool(saturate), round_mode) if is_narrow(to) else x.to(dtype_of(to))


@op(ints=True)
def CastLike(x, like, *, saturate=1, round_mode="up"):
    if isinstance(x, Ints) and isinstance(like, Ints) and x.code == like.code:
        return x
    if isinstance(like, Coded):
        return Cast(x, to=like.type, saturate=saturate, round_mode=round_mode)
    return (decode(x) if isinstance(x, Coded) else tensor(x)).to(tensor(like).dtype)


@op
def Dropout(x, ratio=None, training_mode=None, *, seed=None):
    if training_mode is not None and training_mode.reshape([]).item():
        if ratio is None or ratio.reshape([]).item() != 0:
            raise RuntimeError("dropout while training, which is random, is not supported")
    return x, torch.ones_like(x, dtype=torch.bool)


@op
def Dropout_7(x, *, ratio=0.5):
    return x, torch.ones_like(x, dtype=torch.bool)


@op
def Dropout_1(x, *, ratio=0.5, is_test=0, consumed_inputs=None):
    if not is_test:
        raise NotImplementedError("dropout while training (is_test=0), which is random, is not supported")
    return Dropout_7(x, ratio=ratio)


@op(ints=True)
def BitCast(x, *, to):
    x = x.codes if isinstance(x, Coded) else tensor(x)
    if is_narrow(to):
        return Coded(_braid.op("bitcast_convert", [x], dtype="u8"), to)
    return _braid.op("bitcast_convert", [x], dtype=code_of(to))


@op(same=True)
def SwiGLU(a, b, *, alpha=1.0):
    return a * torch.sigmoid(alpha * a) * b
