"""The numeric tower, as `isinstance` sees it."""


class _Tower(type):
    def __instancecheck__(cls, obj):
        return isinstance(obj, cls._types)


class Number(metaclass=_Tower):
    _types = (int, float, complex)


class Complex(Number):
    _types = (int, float, complex)


class Real(Complex):
    _types = (int, float)


class Rational(Real):
    _types = (int,)


class Integral(Rational):
    _types = (int,)
