"""Sparse tensors. They hold zeros here too: what is computed from them is the same, and their parts cannot be asked for."""

import torch
from torch._linalg import addmm, mm
from torch._reduce import sum


def _coo(indices, values=None, size=None, *, dtype=None, device=None, requires_grad=False, **kwargs):
    indices, values = torch.as_tensor(indices), torch.as_tensor(values)
    if dtype is not None:
        values = values.to(dtype)
    if size is None:
        size = [int(row.max()) + 1 for row in indices] + list(values.shape[1:])
    dense = torch.zeros(tuple(size), dtype=values.dtype)
    return dense.index_put_(tuple(indices.long().unbind(0)), values, accumulate=True)


def _of(dtype):
    def make(indices, values, size=None):
        return _coo(indices, values, size, dtype=dtype)

    return make


FloatTensor = _of(torch.float32)
DoubleTensor = _of(torch.float64)
HalfTensor = _of(torch.float16)
IntTensor = _of(torch.int32)
LongTensor = _of(torch.int64)
