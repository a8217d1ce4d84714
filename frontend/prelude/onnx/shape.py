"""Shapes, and operators that move elements."""

from onnx._values import Ints, ints, op, tensor


@op(ints=True)
def Shape(x, *, start=0, end=None):
    return Ints(list(tensor(x).shape)[start:end])


@op(ints=True)
def Identity(x):
    return x


@op(ints=True)
def Reshape(x, shape, *, allowzero=0):
    x = tensor(x)
    sizes = ints(shape)
    if not allowzero:
        sizes = [x.shape[i] if s == 0 else s for i, s in enumerate(sizes)]
    return x.reshape(sizes)
