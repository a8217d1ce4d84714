"""Element types, devices and the small constant objects of the torch namespace.

A `dtype` knows the evaluator's name of its type (`code`, such as `f32`); complex and quantised types exist as names
only. There is one device, the CPU: other devices can be named, and a tensor moved to one stays where it is.
"""


class dtype:
    def __init__(self, name, code, floating, signed, itemsize):
        self.name = name
        self.code = code
        self.is_floating_point = floating
        self.is_complex = name.startswith("complex")
        self.is_signed = signed
        self.itemsize = itemsize

    def __repr__(self):
        return "torch." + self.name

    def __reduce__(self):
        return self.name

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


bool_ = dtype("bool", "bool", False, False, 1)
uint8 = dtype("uint8", "u8", False, False, 1)
uint16 = dtype("uint16", "u16", False, False, 2)
uint32 = dtype("uint32", "u32", False, False, 4)
uint64 = dtype("uint64", "u64", False, False, 8)
int8 = dtype("int8", "i8", False, True, 1)
int16 = dtype("int16", "i16", False, True, 2)
int32 = dtype("int32", "i32", False, True, 4)
int64 = dtype("int64", "i64", False, True, 8)
float16 = dtype("float16", "f16", True, True, 2)
bfloat16 = dtype("bfloat16", "bf16", True, True, 2)
float32 = dtype("float32", "f32", True, True, 4)
float64 = dtype("float64", "f64", True, True, 8)
complex64 = dtype("complex64", None, False, True, 8)
complex128 = dtype("complex128", None, False, True, 16)

_ALL = [
    bool_,
    uint8,
    uint16,
    uint32,
    uint64,
    int8,
    int16,
    int32,
    int64,
    float16,
    bfloat16,
    float32,
    float64,
]
BY_CODE = {d.code: d for d in _ALL}

# What old code passes to `Tensor.type`, and what it returns.
TENSOR_TYPES = {
    "torch.FloatTensor": float32,
    "torch.DoubleTensor": float64,
    "torch.HalfTensor": float16,
    "torch.BFloat16Tensor": bfloat16,
    "torch.ByteTensor": uint8,
    "torch.CharTensor": int8,
    "torch.ShortTensor": int16,
    "torch.IntTensor": int32,
    "torch.LongTensor": int64,
    "torch.BoolTensor": bool_,
}

_state = {"default": float32}


def get_default_dtype():
    return _state["default"]


def set_default_dtype(d):
    if d is not float32:
        raise NotImplementedError("only torch.float32 can be the default dtype here; give dtype= where tensors are made")


def code_of(d):
    """The evaluator's name of a type, given as a dtype, a Python type, a name or a numpy type; None stays None."""
    if d is None:
        return None
    if isinstance(d, dtype):
        if d.code is None:
            raise NotImplementedError(f"{d!r} tensors are not supported; split them into real and imaginary parts")
        return d.code
    if d is float:
        return "f32"
    if d is int:
        return "i64"
    if d is bool:
        return "bool"
    if isinstance(d, str):
        name = d[6:] if d.startswith("torch.") else d
        for known in _ALL:
            if known.name == name:
                return known.code
        if d in TENSOR_TYPES:
            return TENSOR_TYPES[d].code
    code = getattr(d, "code", None)
    if code is None:
        raise TypeError(f"{d!r} is not a dtype")
    return code


class device:
    def __init__(self, type="cpu", index=None):
        if isinstance(type, device):
            type, index = type.type, type.index
        elif isinstance(type, int):
            type, index = "cuda", type
        elif ":" in type:
            type, number = type.split(":")
            index = int(number)
        self.type = type
        self.index = index

    def __repr__(self):
        if self.index is None:
            return f"device(type='{self.type}')"
        return f"device(type='{self.type}', index={self.index})"

    def __str__(self):
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other):
        return isinstance(other, device) and self.type == other.type and self.index == other.index

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash((self.type, self.index))

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return False


CPU = device("cpu")


class Size(tuple):
    """The shape of a tensor: a tuple that stays a `Size` when sliced."""

    def numel(self):
        result = 1
        for n in self:
            result = result * n
        return result

    def __getitem__(self, index):
        item = tuple.__getitem__(self, index)
        return Size(item) if isinstance(index, slice) else item

    def __add__(self, other):
        return Size(tuple(self) + tuple(other))

    def __radd__(self, other):
        return Size(tuple(other) + tuple(self))

    def __repr__(self):
        return "torch.Size([" + ", ".join([str(n) for n in self]) + "])"

    __str__ = __repr__


class layout:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return "torch." + self.name


strided = layout("strided")
sparse_coo = layout("sparse_coo")


class memory_format:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return "torch." + self.name


contiguous_format = memory_format("contiguous_format")
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")
preserve_format = memory_format("preserve_format")

# bits, largest, smallest positive normal, distance from 1 to the next
_FLOATS = {
    "f16": (16, 65504.0, 6.103515625e-05, 0.0009765625),
    "bf16": (16, 3.3895313892515355e38, 1.1754943508222875e-38, 0.0078125),
    "f32": (32, 3.4028234663852886e38, 1.1754943508222875e-38, 1.1920928955078125e-07),
    "f64": (64, 1.7976931348623157e308, 2.2250738585072014e-308, 2.220446049250313e-16),
}


class finfo:
    def __init__(self, type=None):
        code = code_of(get_default_dtype() if type is None else type)
        if code not in _FLOATS:
            raise TypeError("torch.finfo() requires a floating point input type")
        self.bits, self.max, self.tiny, self.eps = _FLOATS[code]
        self.min = -self.max
        self.smallest_normal = self.tiny
        self.resolution = 10.0 ** -{"f16": 3, "bf16": 2, "f32": 6, "f64": 15}[code]
        self.dtype = BY_CODE[code].name


class iinfo:
    def __init__(self, type):
        code = code_of(type)
        if code[0] not in "iu":
            raise TypeError("torch.iinfo() requires an integer input type")
        self.bits = int(code[1:])
        if code[0] == "u":
            self.min = 0
            self.max = (1 << self.bits) - 1 if self.bits < 64 else 9223372036854775807
        else:
            self.min = -(1 << (self.bits - 2)) * 2
            self.max = ((1 << (self.bits - 2)) - 1) * 2 + 1
        self.dtype = BY_CODE[code].name
