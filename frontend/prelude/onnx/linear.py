"""Matrix products."""

import _braid
import torch
from onnx._values import op


@op(same=True)
def MatMul(a, b):
    return _braid.op("matmul", [a, b])


@op(same=True)
def Gemm(a, b, c=None, *, alpha=1.0, beta=1.0, transA=0, transB=0, broadcast=1):
    y = _braid.op("matmul", [a.t() if transA else a, b.t() if transB else b])
    if alpha != 1.0:
        y = y * torch.tensor(alpha, dtype=y.dtype)
    if c is None:
        return y
    return y + (c if beta == 1.0 else c * torch.tensor(beta, dtype=c.dtype))


@op
def Einsum(*inputs, equation):
    return torch.einsum(equation.replace(" ", ""), *inputs)


@op
def Det(x):
    return torch.linalg.det(x)
