"""`torch.linalg`: norms and products; decompositions are not there."""

from torch import _linalg, _reduce


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
diagonal = _linalg.diagonal


def _missing(name):
    def function(*args, **kwargs):
        raise NotImplementedError(f"torch.linalg.{name} is not supported")

    return function


inv = _missing("inv")
svd = _missing("svd")
qr = _missing("qr")
eigh = _missing("eigh")
eig = _missing("eig")
cholesky = _missing("cholesky")
solve = _missing("solve")
lstsq = _missing("lstsq")
pinv = _missing("pinv")
det = _missing("det")
slogdet = _missing("slogdet")
