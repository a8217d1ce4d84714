"""Linear systems: elimination, Cholesky and QR. Every step is the same code over masks, so that a decomposition is one
loop of the compiled network. What needs singular values or eigenvectors is refused."""

from collections import namedtuple

from torch import _creation, _linalg, _math, _reduce, _shape
from torch._core import is_tensor, iota, rank, shape_of

_Slogdet = namedtuple("slogdet", ["sign", "logabsdet"])
_QR = namedtuple("qr", ["Q", "R"])


class LinAlgError(RuntimeError):
    pass


def _square(A, name):
    if rank(A) < 2 or shape_of(A)[-1] != shape_of(A)[-2]:
        raise RuntimeError(f"{name}: A must be batches of square matrices, but they are {tuple(shape_of(A)[-2:])} matrices")
    return shape_of(A)[-1]


def _reduced(A, B):
    """Gauss-Jordan elimination with row exchanges: the solution X of A X = B, and the pivots with their signs."""
    n = shape_of(A)[-1]
    M = _shape.cat([A, B], -1)
    rows = iota(n)
    pivots = _creation.ones_like(A[..., 0])
    for k in range(n):
        column = _math.where(rows >= k, M[..., k].abs(), -1.0)
        best = column.argmax(-1, True)
        order = _math.where(rows == k, best, _math.where(rows == best, k, rows))
        M = _shape.take_along_dim(M, order.unsqueeze(-1), -2)
        pivot = M[..., k, k]
        signed = _math.where(best.squeeze(-1) == k, pivot, -pivot)
        pivots = _math.where(rows == k, signed.unsqueeze(-1), pivots)
        row = M[..., k, :] / pivot.unsqueeze(-1)
        factor = _math.where(rows == k, 0.0, M[..., k])
        M = _math.where((rows == k).unsqueeze(-1), row.unsqueeze(-2), M - factor.unsqueeze(-1) * row.unsqueeze(-2))
    return M[..., n:], pivots


def _pivots(A):
    return _reduced(A, A[..., :0])[1]


def det(A):
    _square(A, "linalg.det")
    pivots = _pivots(A)
    # After a pivot of 0 the rest are not numbers, but the product is 0.
    singular = _reduce.any(pivots == 0, -1)
    return _math.where(singular, 0.0, _reduce.prod(pivots, -1))


def slogdet(A):
    _square(A, "linalg.slogdet")
    pivots = _pivots(A)
    singular = _reduce.any(pivots == 0, -1)
    sign = _math.where(singular, 0.0, _reduce.prod(_math.sign(pivots), -1))
    return _Slogdet(sign, _math.where(singular, -float("inf"), _reduce.sum(_math.log(_math.abs(pivots)), -1)))


def logdet(A):
    sign, logs = slogdet(A)
    return _math.where(sign < 0, float("nan"), logs)


def _solved(A, B, name):
    X, pivots = _reduced(A, B)
    if bool(_reduce.any(pivots == 0)):
        raise LinAlgError(f"{name}: the solution could not be completed because the input matrix is singular.")
    return X


def inv(A):
    n = _square(A, "linalg.inv")
    return _solved(A, _creation.eye(n, dtype=A.dtype).expand(*shape_of(A)), "linalg.inv")


inverse = inv


def solve(A, B, *, left=True):
    n = _square(A, "linalg.solve")
    if not left:
        return solve(A.mT, B.mT).mT
    if rank(B) == 1 or rank(B) == rank(A) - 1 and tuple(shape_of(B)) == tuple(shape_of(A)[:-1]):
        return solve(A, B.unsqueeze(-1)).squeeze(-1)
    batch = _shape.broadcast_shapes(shape_of(A)[:-2], shape_of(B)[:-2])
    A = A.expand(*batch, n, n)
    return _solved(A, B.expand(*batch, *shape_of(B)[-2:]), "linalg.solve")


def matrix_power(A, n):
    size = _square(A, "linalg.matrix_power")
    if n == 0:
        return _creation.eye(size, dtype=A.dtype).expand(*shape_of(A)).clone()
    base = inv(A) if n < 0 else A
    result = base
    for _ in range(abs(n) - 1):
        result = _linalg.matmul(result, base)
    return result


def cholesky(A, *, upper=False):
    n = _square(A, "linalg.cholesky")
    rows = iota(n)
    L = _creation.zeros_like(A)
    failed = _reduce.any(A != A)
    for k in range(n):
        rest = A[..., k] - (L @ L[..., k, :].unsqueeze(-1)).squeeze(-1)
        square = rest[..., k]
        failed = _math.logical_or(failed, _reduce.any(square <= 0))
        column = _math.where(rows >= k, rest / _math.sqrt(square).unsqueeze(-1), 0.0)
        L = _math.where(rows == k, column.unsqueeze(-1), L)
    if bool(failed):
        raise LinAlgError("linalg.cholesky: The factorization could not be completed because the input is not positive-definite")
    return L.mT if upper else L


def old_cholesky(input, upper=False):
    return cholesky(input, upper=upper)


def solve_triangular(A, B, *, upper, left=True, unitriangular=False):
    """Only the named triangle is read, whatever the other holds."""
    n = _square(A, "linalg.solve_triangular")
    if not left:
        return solve_triangular(A.mT, B.mT, upper=not upper, unitriangular=unitriangular).mT
    if unitriangular:
        A = _math.where(_math.eq(iota(n).unsqueeze(1), iota(n)), 1.0, A)
    rows = iota(n)
    batch = _shape.broadcast_shapes(shape_of(A)[:-2], shape_of(B)[:-2])
    A, B = A.expand(*batch, n, n), B.expand(*batch, *shape_of(B)[-2:])
    T = _shape.triu(A, 1) if upper else _shape.tril(A, -1)
    X = _creation.zeros_like(B)
    for i in range(n):
        k = n - 1 - i if upper else i
        row = (B[..., k, :] - (T[..., k, :].unsqueeze(-2) @ X).squeeze(-2)) / A[..., k, k].unsqueeze(-1)
        X = _math.where((rows == k).unsqueeze(-1), row.unsqueeze(-2), X)
    return X


def cholesky_solve(B, L, upper=False):
    lower = L.mT if upper else L
    return solve_triangular(lower.mT, solve_triangular(lower, B, upper=False), upper=True)


def cholesky_inverse(L, upper=False):
    return cholesky_solve(_creation.eye(shape_of(L)[-1], dtype=L.dtype), L, upper)


def qr(A, mode="reduced"):
    """By Householder reflections, with the signs that LAPACK gives."""
    if mode not in ("reduced", "complete"):
        raise NotImplementedError("linalg.qr is supported with mode 'reduced' and 'complete'")
    m, n = shape_of(A)[-2:]
    rows = iota(m)
    Q = _creation.eye(m, dtype=A.dtype).expand(*shape_of(A)[:-2], m, m)
    R = A
    for k in range(min(m - 1, n)):
        x = _math.where(rows >= k, R[..., k], 0.0)
        alpha = x[..., k]
        below = _reduce.sum(_math.where(rows > k, x * x, 0.0), -1)
        beta = _math.where(alpha < 0, 1.0, -1.0) * _math.sqrt(_reduce.sum(x * x, -1))
        v = _math.where(rows == k, (alpha - beta).unsqueeze(-1), x)
        size = _reduce.sum(v * v, -1)
        # A column that is already zero below the diagonal is left as it is.
        tau = _math.where(below == 0, 0.0, 2.0 / _math.where(below == 0, 1.0, size)).unsqueeze(-1).unsqueeze(-1)
        v = v.unsqueeze(-1)
        R = R - tau * v @ (v.mT @ R)
        Q = Q - tau * (Q @ v) @ v.mT
    k = m if mode == "complete" else min(m, n)
    return _QR(Q[..., :k], _shape.triu(R[..., :k, :]))


def old_qr(input, some=True):
    return qr(input, "reduced" if some else "complete")


def lstsq(*args, **kwargs):
    raise NotImplementedError("least squares is not supported; solve the normal equations with torch.linalg.solve")


def missing(name):
    def function(*args, **kwargs):
        raise NotImplementedError(
            f"{name} is not supported: it needs singular values, eigenvectors or pivots, which Braid does not compute"
        )

    return function
