"""Element types of a byte and less, which are stored as codes: what each code is, and the code of a number.

The floats are those of ONNX's "Float stored in 8 bits" and "Float stored in 4 bits" and OCP's microscaling formats.
"""

import math

import torch
from onnx._values import Coded


class _Float:
    """A float of one sign bit, some exponent bits and `mantissa` bits; `low` is the exponent of its least normal number.
    `most` is the code of its largest number, `infinity` (which it may not have) and `nan` are codes."""

    def __init__(self, bits, mantissa, low, most, infinity, nan, signed_zero=True):
        self.bits = bits
        self.mantissa = mantissa
        self.low = low
        self.most = most
        self.infinity = infinity
        self.nan = nan
        self.signed_zero = signed_zero

    def magnitude(self, code):
        if code == self.infinity:
            return math.inf
        if code > self.most:
            return math.nan
        exponent, fraction = code >> self.mantissa, code % (1 << self.mantissa)
        if exponent == 0:
            return fraction * 2.0 ** (self.low - self.mantissa)
        return (fraction + (1 << self.mantissa)) * 2.0 ** (self.low + exponent - 1 - self.mantissa)

    def table(self):
        half = 1 << (self.bits - 1)
        values = [self.magnitude(code) for code in range(half)]
        values = values + [-value for value in values]
        if not self.signed_zero:
            values[half] = math.nan
        return values


_FLOATS = {
    17: _Float(8, 3, -6, 0x7E, None, 0x7F),
    18: _Float(8, 3, -7, 0x7F, None, 0x80, signed_zero=False),
    19: _Float(8, 2, -14, 0x7B, 0x7C, 0x7E),
    20: _Float(8, 2, -15, 0x7F, None, 0x80, signed_zero=False),
    # It has no NaN; that one becomes the negative zero is what the suite expects.
    23: _Float(4, 1, 0, 0x7, None, 0x8),
}

# Bits, and whether there is a sign.
_INTEGERS = {21: (4, False), 22: (4, True), 25: (2, False), 26: (2, True)}

_E8M0 = 24


def is_narrow(type):
    return type in _FLOATS or type in _INTEGERS or type == _E8M0


def is_narrow_integer(type):
    return type in _INTEGERS


def bounds(type):
    """The least and the largest number of a narrow integer type."""
    bits, signed = _INTEGERS[type]
    return (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)


def _table(type):
    if type in _FLOATS:
        return _FLOATS[type].table()
    if type == _E8M0:
        return [2.0 ** (code - 127) for code in range(255)] + [math.nan]
    bits, signed = _INTEGERS[type]
    count = 1 << bits
    return [float(code - count if signed and code >= count // 2 else code) for code in range(count)]


def decode(x):
    """The numbers of a `Coded`, as `f32`, in which each of them is exact."""
    table = torch.tensor(_table(x.type), dtype=torch.float32)
    return table[x.codes.to(torch.int64)]


def encode(x, type, saturate=True, round_mode="up"):
    """The `Coded` of a tensor: floats to the nearest, ties to even; integers as they are, of which the lowest bits stay."""
    if type in _INTEGERS:
        bits, _ = _INTEGERS[type]
        return Coded((x.to(torch.int64) & ((1 << bits) - 1)).to(torch.uint8), type)
    wide = x if x.dtype == torch.float64 else x.to(torch.float32)
    if type == _E8M0:
        return Coded(_powers(wide, saturate, round_mode), type)
    return Coded(_floats(wide, _FLOATS[type], saturate), type)


def _exponents(x, low, high):
    """The exponents of positive numbers, no less than `low` and no more than `high`, as `i64`."""
    powers = torch.tensor([2.0**e for e in range(low, high + 2)], dtype=x.dtype)
    safe = torch.clamp(x, 2.0**low, 2.0**high)
    at = torch.clamp(torch.floor(torch.log2(safe)).to(torch.int64) - low, 0, high - low)
    # The logarithm may be off by a rounding.
    at = torch.where(powers[at] > safe, at - 1, at)
    return torch.where(powers[at + 1] <= safe, at + 1, at) + low


def _floats(x, kind, saturate):
    mantissa, most = kind.mantissa, kind.most
    high = kind.low + (most >> mantissa) - 1 if most >> mantissa else kind.low
    magnitude = torch.abs(x)
    finite = torch.where(torch.isfinite(magnitude), magnitude, torch.zeros_like(magnitude))
    exponent = _exponents(finite, kind.low, high)
    quanta = torch.tensor([2.0 ** (e - mantissa) for e in range(kind.low, high + 1)], dtype=x.dtype)
    quantum = quanta[exponent - kind.low]
    # Beyond the largest number a step more is as good as any.
    steps = torch.round(torch.clamp(finite / quantum, 0, 1 << (mantissa + 2))).to(torch.int64)
    code = ((exponent - kind.low) << mantissa) + steps
    over = (code > most) | torch.isinf(magnitude)
    if saturate or kind.bits == 4:
        outside = most
    else:
        outside = kind.nan if kind.infinity is None else kind.infinity
    code = torch.where(over, torch.full_like(code, outside), code)
    sign = (x < 0) | ((x == 0) & (1 / x < 0))
    signed = code + (1 << (kind.bits - 1))
    if kind.signed_zero:
        code = torch.where(sign, signed, code)
    else:
        code = torch.where(sign & (code != 0) & (code != kind.nan), signed, code)
    code = torch.where(torch.isnan(x), torch.full_like(code, kind.nan), code)
    return code.to(torch.uint8)


def _powers(x, saturate, round_mode):
    finite = torch.where(torch.isfinite(x) & (x > 0), x, torch.ones_like(x))
    exponent = _exponents(finite.to(torch.float64), -127, 127)
    powers = torch.tensor([2.0**e for e in range(-127, 129)], dtype=torch.float64)
    lower = powers[exponent + 127]
    rest = finite.to(torch.float64)
    if round_mode == "up":
        more = rest > lower
    elif round_mode == "nearest":
        more = rest >= lower * 1.5
    elif round_mode == "down":
        more = rest < 0
    else:
        raise ValueError(f"round_mode is {round_mode}, which is none of up, down and nearest")
    code = exponent + 127 + more.to(torch.int64)
    code = torch.clamp(code, 0, 254) if saturate else torch.clamp(code, 0, 255)
    code = torch.where(x <= 0, torch.zeros_like(code), code)
    largest = torch.full_like(code, 254 if saturate else 255)
    code = torch.where(torch.isinf(x), largest, code)
    return torch.where(torch.isnan(x), torch.full_like(code, 255), code).to(torch.uint8)
