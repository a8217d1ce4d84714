"""Elementwise functions of the torch namespace; those that tensors have as methods take the tensor first."""

import math as _m

import _braid
from torch._core import convert, elementwise, is_float, is_tensor, op, to_float


def _unary(name, row, rule):
    def function(input):
        return elementwise(row, [input], rule)

    function.__name__ = name
    return function


def _binary(name, row, rule):
    def function(input, other):
        result = elementwise(row, [input, other], rule)
        if result is NotImplemented:
            raise TypeError(f"{name}(): expected tensors and numbers, not {type(input).__name__} and {type(other).__name__}")
        return result

    function.__name__ = name
    return function


exp = _unary("exp", "exp", "float")
exp2 = lambda input: exp(input * _m.log(2.0))
expm1 = _unary("expm1", "expm1", "float")
log = _unary("log", "log", "float")
log1p = _unary("log1p", "log1p", "float")
log2 = _unary("log2", "log2", "float")
log10 = _unary("log10", "log10", "float")
sqrt = _unary("sqrt", "sqrt", "float")
rsqrt = _unary("rsqrt", "rsqrt", "float")
sin = _unary("sin", "sin", "float")
cos = _unary("cos", "cos", "float")
tan = _unary("tan", "tan", "float")
asin = arcsin = _unary("asin", "asin", "float")
acos = arccos = _unary("acos", "acos", "float")
atan = arctan = _unary("atan", "atan", "float")
sinh = _unary("sinh", "sinh", "float")
cosh = _unary("cosh", "cosh", "float")
tanh = _unary("tanh", "tanh", "float")
asinh = arcsinh = _unary("asinh", "asinh", "float")
acosh = arccosh = _unary("acosh", "acosh", "float")
atanh = arctanh = _unary("atanh", "atanh", "float")
erf = _unary("erf", "erf", "float")
sigmoid = expit = _unary("sigmoid", "sigmoid", "float")
reciprocal = _unary("reciprocal", "reciprocal", "float")
floor = _unary("floor", "floor", "same")
ceil = _unary("ceil", "ceil", "same")
trunc = fix = _unary("trunc", "trunc", "same")
abs = absolute = _unary("abs", "abs", "same")
sign = sgn = _unary("sign", "sign", "same")
relu = _unary("relu", "relu", "same")
isnan = _unary("isnan", "is_nan", "float")
isinf = _unary("isinf", "is_inf", "float")
isfinite = _unary("isfinite", "is_finite", "float")
logical_not = _unary("logical_not", "not", "bool")
bitwise_not = _unary("bitwise_not", "not", "same")

eq = _binary("eq", "equal", "same")
ne = not_equal = _binary("ne", "not_equal", "same")
lt = less = _binary("lt", "less", "same")
le = less_equal = _binary("le", "less_equal", "same")
gt = greater = _binary("gt", "greater", "same")
ge = greater_equal = _binary("ge", "greater_equal", "same")
mul = multiply = _binary("mul", "mul", "same")
maximum = _binary("maximum", "maximum", "same")
minimum = _binary("minimum", "minimum", "same")
floor_divide = _binary("floor_divide", "floor_div", "same")
remainder = _binary("remainder", "modulo", "same")
fmod = _binary("fmod", "remainder", "same")
atan2 = arctan2 = _binary("atan2", "atan2", "float")
logical_and = _binary("logical_and", "and", "bool")
logical_or = _binary("logical_or", "or", "bool")
logical_xor = _binary("logical_xor", "xor", "bool")
bitwise_and = _binary("bitwise_and", "and", "same")
bitwise_or = _binary("bitwise_or", "or", "same")
bitwise_xor = _binary("bitwise_xor", "xor", "same")
bitwise_left_shift = _binary("bitwise_left_shift", "shift_left", "same")
bitwise_right_shift = _binary("bitwise_right_shift", "shift_right", "same")
_true_divide = _binary("div", "div", "float")
_add = _binary("add", "add", "same")
_sub = _binary("sub", "sub", "same")


def neg(input):
    return elementwise("negate", [input], "same")


negative = neg


def positive(input):
    return input


def _scaled(other, alpha):
    if alpha == 1:
        return other
    return other * alpha


def add(input, other, *rest, alpha=1):
    if rest:  # the old order: input, alpha, other
        other, alpha = rest[0], other
    return _add(input, _scaled(other, alpha))


def sub(input, other, *, alpha=1):
    return _sub(input, _scaled(other, alpha))


subtract = sub


def rsub(input, other, *, alpha=1):
    return _sub(other, _scaled(input, alpha))


def div(input, other, *, rounding_mode=None):
    if rounding_mode is None:
        return _true_divide(input, other)
    if rounding_mode == "floor":
        return floor_divide(input, other)
    if rounding_mode == "trunc":
        result = trunc(_true_divide(input, other))
        return _braid.convert(result, _braid.result_type([input, other]))
    raise RuntimeError(f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'")


divide = div


def true_divide(input, other):
    return _true_divide(input, other)


def pow(input, exponent):
    if isinstance(exponent, (int, float)) and not isinstance(exponent, bool) and _braid.is_known(exponent):
        result = _simple_power(input, exponent)
        if result is not None:
            return result
    return elementwise("power", [input, exponent], "same")


def _simple_power(x, exponent):
    """Powers that are exact as products and roots, as PyTorch computes them."""
    if exponent == 2:
        return elementwise("mul", [x, x], "same") if isinstance(exponent, int) else elementwise("mul", [x, x], "float")
    if exponent == 3:
        square = elementwise("mul", [x, x], "same" if isinstance(exponent, int) else "float")
        return elementwise("mul", [square, x], "same")
    if is_float(x):
        if exponent == 0.5:
            return sqrt(x)
        if exponent == -0.5:
            return rsqrt(x)
        if exponent == -1:
            return reciprocal(x)
        if exponent == 1:
            return elementwise("mul", [x, 1], "same")
    elif isinstance(exponent, int) and exponent < 0:
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    return None


def float_power(input, exponent):
    return pow(convert(input, "float64") if is_tensor(input) else input, exponent)


def square(input):
    return elementwise("mul", [input, input], "same")


def frac(input):
    return input - trunc(input)


def logit(input, eps=None):
    if eps is not None:
        input = clamp(input, eps, 1 - eps)
    return log(input / (1 - input))


def round(input, *, decimals=0):
    if decimals == 0:
        return elementwise("round", [input], "same")
    scale = 10.0**decimals
    return elementwise("round", [input * scale], "same") / scale


def clamp(input, min=None, max=None):
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if min is not None:
        input = maximum(input, min)
    if max is not None:
        input = minimum(input, max)
    return input


clip = clamp


def clamp_min(input, min):
    return maximum(input, min)


def clamp_max(input, max):
    return minimum(input, max)


def erfc(input):
    return 1 - erf(input)


def where(condition, input=None, other=None):
    if input is None and other is None:
        return condition.nonzero(as_tuple=True)
    if _braid.code(condition) != "bool":
        condition = condition != 0
    return _braid.select(condition, input, other)


def lerp(input, end, weight):
    return input + weight * (end - input)


def addcmul(input, tensor1, tensor2, *, value=1):
    return input + _scaled(tensor1 * tensor2, value)


def addcdiv(input, tensor1, tensor2, *, value=1):
    return input + _scaled(tensor1 / tensor2, value)


def lgamma(input):
    """Stirling's series, after moving the argument up past 7; by reflection below 1/2."""
    x = convert(to_float(input), "float64")
    low = lt(x, 0.5)
    z = where(low, 1 - x, x)
    shift = z
    for k in range(1, 7):
        shift = shift * (z + k)
    y = z + 7
    series = 1 / (12 * y) - 1 / (360 * y**3) + 1 / (1260 * y**3 * y * y) - 1 / (1680 * y**3 * y**3 * y)
    above = (y - 0.5) * log(y) - y + 0.5 * _m.log(2 * _m.pi) + series - log(shift)
    reflected = _m.log(_m.pi) - log(abs(sin(x * _m.pi))) - above
    return convert(where(low, reflected, above), to_float(input).dtype)


def digamma(input):
    """The asymptotic series, after moving the argument up past 7; by reflection below 1/2."""
    x = convert(to_float(input), "float64")
    low = lt(x, 0.5)
    z = where(low, 1 - x, x)
    y = z + 7
    square = 1 / (y * y)
    above = log(y) - 0.5 / y - square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square / 240)))
    for k in range(7):
        above = above - 1 / (z + k)
    return convert(where(low, above - _m.pi / tan(x * _m.pi), above), to_float(input).dtype)


def erfinv(input):
    """Winitzki's approximation, made exact by Newton's method."""
    x = convert(to_float(input), "float64")
    a = 0.147
    logs = log1p(-x * x)
    half = 2 / (_m.pi * a) + logs / 2
    y = sign(x) * sqrt(sqrt(half * half - logs / a) - half)
    for _ in range(3):
        y = y - (erf(y) - x) * (_m.sqrt(_m.pi) / 2) * exp(y * y)
    y = where(eq(abs(x), 1), x * _m.inf, y)
    return convert(y, to_float(input).dtype)


def nan_to_num(input, nan=0.0, posinf=None, neginf=None):
    from torch._dtype import finfo

    if not is_float(input):
        return input
    limits = finfo(input.dtype)
    input = where(isnan(input), nan, input)
    input = where(input == _m.inf, limits.max if posinf is None else posinf, input)
    return where(input == -_m.inf, limits.min if neginf is None else neginf, input)


def isclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    close = logical_or(eq(input, other), abs(input - other) <= atol + rtol * abs(other))
    if equal_nan:
        close = logical_or(close, logical_and(isnan(input), isnan(other)))
    return close


def allclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    return bool(isclose(input, other, rtol, atol, equal_nan).all())


def equal(input, other):
    if len(input.shape) != len(other.shape) or tuple(input.shape) != tuple(other.shape):
        return False
    return bool(eq(input, other).all())


def deg2rad(input):
    return input * (_m.pi / 180)


def rad2deg(input):
    return input * (180 / _m.pi)


def hypot(input, other):
    return sqrt(input * input + other * other)


def nextafter(input, other):
    """Adding a little more than half of the last place rounds to the next number (Rump, Zimmermann, Boldo and Melquiond)."""
    wide = _braid.code(input) == "f64"
    unit, least, largest = (2.0**-53, 2.0**-1074, 1.7976931348623157e308) if wide else (2.0**-24, 2.0**-149, 2.0**128 - 2.0**104)
    step = abs(input) * (unit * (1 + 2 * unit)) + least
    moved = where(gt(other, input), input + step, input - step)
    moved = where(isinf(input), where(gt(input, 0), largest, -largest), moved)
    return where(logical_or(isnan(input), isnan(other)), input + other, where(eq(input, other), other, moved))


def xlogy(input, other):
    return where(eq(input, 0), 0.0, input * log(other))


def fmax(input, other):
    """The larger; where one is NaN, the other."""
    return where(isnan(input), other, where(isnan(other), input, maximum(input, other)))


def fmin(input, other):
    """The smaller; where one is NaN, the other."""
    return where(isnan(input), other, where(isnan(other), input, minimum(input, other)))


def signbit(input):
    if not is_float(input):
        return lt(input, 0)
    return logical_or(lt(input, 0), logical_and(eq(input, 0), lt(reciprocal(input), 0)))


def sinc(input):
    angle = input * _m.pi
    return where(eq(input, 0), 1.0, sin(angle) / where(eq(input, 0), 1.0, angle))


def gcd(input, other):
    a, b = abs(input), abs(other)
    while bool((b != 0).any()):
        more = b != 0
        a, b = where(more, b, a), where(more, remainder(a, where(more, b, 1)), 0)
    return a


def lcm(input, other):
    divisor = gcd(input, other)
    return where(eq(divisor, 0), 0, abs(input * floor_divide(other, where(eq(divisor, 0), 1, divisor))))


def copysign(input, other):
    magnitude = abs(to_float(input))
    return where(lt(other, 0), -magnitude, magnitude)


def heaviside(input, values):
    return where(eq(input, 0), values, convert(gt(input, 0), input.dtype))


def logaddexp(input, other):
    top = maximum(input, other)
    return top + log1p(exp(-abs(input - other)))


def logaddexp2(input, other):
    top = maximum(input, other)
    return top + log1p(exp2(-abs(input - other))) / _m.log(2.0)


def isposinf(input):
    return eq(input, _m.inf)


def isneginf(input):
    return eq(input, -_m.inf)


def isreal(input):
    return eq(input, input) | ne(input, input)


def ldexp(input, other):
    return input * pow(2.0, other)


def i0(input):
    """The modified Bessel function of order 0: its power series, and far out its asymptotic one, both long enough for
    every float of 32 bits."""
    x = abs(convert(to_float(input), "float64"))
    near = clamp(x, max=20.0)
    square = near * near / 4
    term = total = square * 0 + 1
    for k in range(1, 50):
        term = term * square / (k * k)
        total = total + term
    far = clamp(x, min=20.0)
    tail = rest = far * 0 + 1
    for k in range(1, 12):
        tail = tail * ((2 * k - 1) ** 2) / (8 * k * far)
        rest = rest + tail
    return convert(where(x < 20, total, exp(far) / sqrt(2 * _m.pi * far) * rest), to_float(input).dtype)


def mvlgamma(input, p):
    total = lgamma(input)
    for k in range(1, p):
        total = total + lgamma(input - k / 2)
    return total + p * (p - 1) / 4 * _m.log(_m.pi)


def softmax(input, dim, dtype=None):
    return op("softmax", [_floats("softmax", convert(input, dtype))], axis=_axis_of(input, dim))


def log_softmax(input, dim, dtype=None):
    return op("log_softmax", [_floats("log_softmax", convert(input, dtype))], axis=_axis_of(input, dim))


def _floats(name, x):
    if not x.is_floating_point():
        raise RuntimeError(f'"{name}" not implemented for {x.dtype}')
    return x


def _axis_of(x, dim):
    from torch._core import axis, rank

    if rank(x) == 0:
        raise NotImplementedError("softmax of a tensor of rank 0 is always 1; give the tensor a dimension")
    return axis(dim, rank(x))
