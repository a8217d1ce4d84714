"""`torch.linalg`: norms, products, linear systems."""

from torch import _decompose, _linalg, _reduce, _shape


def norm(x, ord=None, dim=None, keepdim=False, *, dtype=None):
    if ord is not None and ord != "fro" and (dim is None and x.dim() == 2 or isinstance(dim, (tuple, list)) and len(dim) == 2):
        return matrix_norm(x, ord, dim or (-2, -1), keepdim)
    return _reduce.norm(x, 2 if ord is None else ord, dim, keepdim, dtype=dtype)


def vector_norm(x, ord=2, dim=None, keepdim=False, *, dtype=None):
    return _reduce.norm(x, ord, dim, keepdim, dtype=dtype)


def matrix_norm(A, ord="fro", dim=(-2, -1), keepdim=False, *, dtype=None):
    rows, columns = dim
    if ord == "fro":
        return _reduce.norm(A, 2, dim, keepdim, dtype=dtype)
    sums = {1: rows, -1: rows, float("inf"): columns, float("-inf"): columns}
    if ord not in sums:
        raise NotImplementedError("this matrix norm needs a singular value decomposition, which is not supported")
    totals = A.abs().sum(sums[ord], True)
    other = columns if sums[ord] == rows else rows
    result = totals.amax(other, True) if ord > 0 else totals.amin(other, True)
    return result if keepdim else result.squeeze(rows).squeeze(columns if columns < 0 else columns - 1)


matmul = _linalg.matmul
cross = _linalg.cross
multi_dot = lambda tensors: _linalg.chain_matmul(*tensors)
vecdot = lambda x, y, dim=-1: (x * y).sum(dim)


diagonal = lambda A, *, offset=0, dim1=-2, dim2=-1: _shape.diagonal(A, offset, dim1, dim2)
inv = _decompose.inv
det = _decompose.det
slogdet = _decompose.slogdet
solve = _decompose.solve
solve_triangular = _decompose.solve_triangular
cholesky = _decompose.cholesky
qr = _decompose.qr
matrix_power = _decompose.matrix_power
lstsq = _decompose.lstsq
LinAlgError = _decompose.LinAlgError
vander = _shape.linalg_vander


def __getattr__(name):
    if name in _MISSING:
        return _decompose.missing("torch.linalg." + name)
    raise AttributeError(f"module 'torch.linalg' has no attribute '{name}'")


_MISSING = """svd svdvals eig eigh eigvals eigvalsh pinv lu lu_factor lu_solve matrix_exp matrix_rank cond ldl_factor ldl_solve
householder_product tensorinv tensorsolve cholesky_ex inv_ex solve_ex""".split()
