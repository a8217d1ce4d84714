"""NumPy's scalar types: names of element types that also convert Python numbers."""


class generic:
    code = None


class number(generic):
    pass


class integer(number):
    def __new__(cls, value=0):
        return int(value)


class floating(number):
    def __new__(cls, value=0.0):
        return float(value)


class bool_(generic):
    code = "bool"

    def __new__(cls, value=False):
        return bool(value)


class float16(floating):
    code = "f16"


class float32(floating):
    code = "f32"


class float64(floating):
    code = "f64"


class int8(integer):
    code = "i8"


class int16(integer):
    code = "i16"


class int32(integer):
    code = "i32"


class int64(integer):
    code = "i64"


class uint8(integer):
    code = "u8"


class uint16(integer):
    code = "u16"


class uint32(integer):
    code = "u32"


class uint64(integer):
    code = "u64"


_ALL = [bool_, float16, float32, float64, int8, int16, int32, int64, uint8, uint16, uint32, uint64]


def type_of(code):
    for t in _ALL:
        if t.code == code:
            return t
    raise TypeError(f"NumPy has no type for {code}")


def code_of(t):
    """The evaluator's name of a type given as a NumPy type, a Python type or a name."""
    if t is None:
        return None
    if t is float:
        return "f64"
    if t is int:
        return "i64"
    if t is bool:
        return "bool"
    if isinstance(t, str):
        names = {"float": "f64", "int": "i64", "f": "f32", "d": "f64", "i": "i32", "bool": "bool"}
        if t in names:
            return names[t]
        for known in _ALL:
            if t in (known.__name__, known.__name__.rstrip("_")):
                return known.code
        raise TypeError(f"data type {t!r} not understood")
    code = getattr(t, "code", None)
    if code is None:
        raise TypeError(f"{t!r} is not a NumPy type")
    return code


def dtype(t):
    return type_of(code_of(t))
