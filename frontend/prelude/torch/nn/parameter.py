"""Parameters: tensors that modules find among their attributes."""

import _braid
from torch._tensor import Tensor


class Parameter(Tensor):
    def __new__(cls, data=None, requires_grad=True):
        if data is None:
            data = Tensor()
        if not isinstance(data, Tensor):
            raise TypeError(f"cannot make a Parameter of a {type(data).__name__}: expected a tensor")
        result = _braid.alias(data, cls)
        result.requires_grad = requires_grad
        return result

    def __repr__(self):
        return "Parameter containing:\n" + Tensor.__repr__(self)


class Buffer(Tensor):
    def __new__(cls, data=None, *, persistent=True):
        result = _braid.alias(Tensor() if data is None else data, cls)
        result.persistent = persistent
        return result


def is_lazy(param):
    return False


class UninitializedParameter:
    def __init__(self, *args, **kwargs):
        raise NotImplementedError("lazy parameters are not supported: give the sizes of the layer")


UninitializedBuffer = UninitializedParameter
