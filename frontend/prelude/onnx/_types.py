"""ONNX element types by number."""

import torch

_CODES = {
    1: "f32",
    2: "u8",
    3: "i8",
    4: "u16",
    5: "i16",
    6: "i32",
    7: "i64",
    9: "bool",
    10: "f16",
    11: "f64",
    12: "u32",
    13: "u64",
    16: "bf16",
}

_NAMES = {
    8: "string",
    14: "complex64",
    15: "complex128",
    17: "float8e4m3fn",
    18: "float8e4m3fnuz",
    19: "float8e5m2",
    20: "float8e5m2fnuz",
    21: "uint4",
    22: "int4",
    23: "float4e2m1",
    24: "float8e8m0",
    25: "uint2",
    26: "int2",
}


def code_of(type):
    """The evaluator's name of an element type that tensors can have."""
    code = _CODES.get(type)
    if code is None:
        name = _NAMES.get(type, str(type))
        raise NotImplementedError(f"this operator is not supported for the element type {name}")
    return code


def dtype_of(type):
    """The torch dtype of the same."""
    from torch._dtype import BY_CODE

    return BY_CODE[code_of(type)]
