"""Products of tensors: matrix products, their old spellings, and einsum. All come down to `dot_general`."""

import _braid
from torch._core import axes, axis, expand, is_tensor, known_equal, op, permute, rank, reshape, shape_of
from torch._shape import diagonal


def dot_general(a, b, lhs_batch, rhs_batch, lhs_contract, rhs_contract):
    """Result: batch dimensions, then the free ones of a, then those of b."""
    if _braid.code(a) != _braid.code(b):
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {a.dtype} != {b.dtype}")
    for i, j in zip(lhs_contract, rhs_contract):
        if _braid.known_unequal(shape_of(a)[i], shape_of(b)[j]):
            raise RuntimeError(
                f"mat1 and mat2 shapes cannot be multiplied ({_matrix_shape(a)} and {_matrix_shape(b)})"
            )
    return op(
        "dot_general",
        [a, b],
        lhs_batch=lhs_batch,
        rhs_batch=rhs_batch,
        lhs_contract=lhs_contract,
        rhs_contract=rhs_contract,
    )


def _matrix_shape(x):
    return "x".join([str(n) for n in shape_of(x)])


def matmul(input, other):
    a, b = input, other
    n, m = rank(a), rank(b)
    if n == 0 or m == 0:
        raise RuntimeError("both arguments to matmul need to be at least 1D, but they are " + f"{n}D and {m}D")
    if m == 1:
        return dot_general(a, b, [], [], [n - 1], [0])
    if n == 1:
        free = list(range(m - 2)) + [m - 1]
        result = dot_general(b, a, [], [], [m - 2], [0])
        return result if len(free) == rank(result) else reshape(result, [shape_of(b)[i] for i in free])
    if m == 2:
        return dot_general(a, b, [], [], [n - 1], [0])
    batch = _braid.broadcast_shapes([shape_of(a)[:-2], shape_of(b)[:-2]])
    a, b = _batched(a, batch), _batched(b, batch)
    k = len(batch)
    dims = list(range(k))
    return dot_general(a, b, dims, dims, [k + 1], [k])


def _batched(x, batch):
    shape = shape_of(x)
    have = shape[:-2]
    if len(have) == len(batch) and all([known_equal(a, b) for a, b in zip(have, batch)]):
        return x
    return expand(x, list(batch) + list(shape[-2:]))


def mm(input, mat2):
    if rank(input) != 2 or rank(mat2) != 2:
        raise RuntimeError("mm: both matrices must have rank 2")
    return matmul(input, mat2)


def mv(input, vec):
    return matmul(input, vec)


def bmm(input, mat2):
    if rank(input) != 3 or rank(mat2) != 3:
        raise RuntimeError("batch1 and batch2 must be 3D tensors")
    return dot_general(input, mat2, [0], [0], [2], [1])


def dot(input, other):
    return dot_general(input, other, [], [], [0], [0])


inner = vdot = lambda input, other: dot_general(input, other, [], [], [rank(input) - 1], [rank(other) - 1])


def outer(input, vec2):
    return input.unsqueeze(1) * vec2


ger = outer


def _added(input, prod, beta, alpha):
    if alpha != 1:
        prod = prod * alpha
    if beta == 0:
        return prod
    return (input if beta == 1 else input * beta) + prod


def addmm(input, mat1, mat2, *, beta=1, alpha=1):
    return _added(input, mm(mat1, mat2), beta, alpha)


def addmv(input, mat, vec, *, beta=1, alpha=1):
    return _added(input, mv(mat, vec), beta, alpha)


def addbmm(input, batch1, batch2, *, beta=1, alpha=1):
    return _added(input, bmm(batch1, batch2).sum(0), beta, alpha)


def baddbmm(input, batch1, batch2, *, beta=1, alpha=1):
    return _added(input, bmm(batch1, batch2), beta, alpha)


def addr(input, vec1, vec2, *, beta=1, alpha=1):
    return _added(input, outer(vec1, vec2), beta, alpha)


def chain_matmul(*matrices):
    result = matrices[0]
    for m in matrices[1:]:
        result = matmul(result, m)
    return result


def tensordot(a, b, dims=2):
    if isinstance(dims, int):
        left = list(range(rank(a) - dims, rank(a)))
        right = list(range(dims))
    else:
        left, right = axes(dims[0], rank(a)), axes(dims[1], rank(b))
    return dot_general(a, b, [], [], left, right)


def kron(input, other):
    n = max(rank(input), rank(other))
    a = reshape(input, [1] * (n - rank(input)) + list(shape_of(input)))
    b = reshape(other, [1] * (n - rank(other)) + list(shape_of(other)))
    left, right, sizes = [], [], []
    for x, y in zip(shape_of(a), shape_of(b)):
        left.extend([x, 1])
        right.extend([1, y])
        sizes.append(x * y)
    return reshape(reshape(a, left) * reshape(b, right), sizes)


def cross(input, other, dim=None):
    dim = axis(-1 if dim is None else dim, rank(input))
    a, b = input.unbind(dim), other.unbind(dim)
    import torch

    return torch.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]], dim)


def cdist(x1, x2, p=2.0, compute_mode=None):
    difference = x1.unsqueeze(-2) - x2.unsqueeze(-3)
    return difference.norm(p, -1)


def einsum(equation, *operands):
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = operands[0]
    if not all([is_tensor(x) for x in operands]):
        from torch import _complex

        return _complex.einsum(equation, operands)
    equation = equation.replace(" ", "")
    inputs, arrow, output = equation.partition("->")
    terms = inputs.split(",")
    if len(terms) != len(operands):
        raise RuntimeError(f"einsum(): the equation has {len(terms)} operands, but {len(operands)} were given")
    dots = _dots(terms, operands)
    terms = [_spelled(t, o, dots) for t, o in zip(terms, operands)]
    if arrow:
        output = output.replace("...", dots)
    else:
        letters = "".join(terms)
        output = dots + "".join(sorted([c for c in set(letters) if letters.count(c) == 1 and c not in dots]))
    tensors = []
    for i, x in enumerate(operands):
        x, terms[i] = _without_repeats(x, terms[i])
        tensors.append(x)
    result, term = tensors[0], terms[0]
    for i in range(1, len(tensors)):
        needed = output + "".join(terms[i + 1 :])
        result, term = _contract(result, term, tensors[i], terms[i], needed)
    result, term = _summed(result, term, output)
    return permute(result, [term.index(c) for c in output]) if term != output else result


_ELLIPSIS = "αβγδεζηθικλμ"


def _dots(terms, operands):
    """Letters for the dimensions that `...` stands for, counted from the last."""
    most = 0
    for term, x in zip(terms, operands):
        if "..." in term:
            most = max(most, rank(x) - len(term) + 3)
    return _ELLIPSIS[len(_ELLIPSIS) - most :] if most else ""


def _spelled(term, x, dots):
    if "..." not in term:
        if len(term) != rank(x):
            raise RuntimeError(f"einsum(): '{term}' names {len(term)} dimensions of an operand that has {rank(x)}")
        return term
    count = rank(x) - len(term) + 3
    return term.replace("...", dots[len(dots) - count :] if count else "")


def _without_repeats(x, term):
    for c in sorted(set(term)):
        while term.count(c) > 1:
            first = term.index(c)
            second = term.index(c, first + 1)
            x = diagonal(x, 0, first, second)
            term = term[:first] + term[first + 1 : second] + term[second + 1 :] + c
    return x, term


def _summed(x, term, keep):
    """Sums out the letters that nothing needs any more."""
    gone = [i for i, c in enumerate(term) if c not in keep]
    if gone:
        x = op("reduce_sum", [x], axes=gone, keepdims=False)
    return x, "".join([c for c in term if c in keep])


def _contract(a, left, b, right, needed):
    a, left = _summed(a, left, right + needed)
    b, right = _summed(b, right, left + needed)
    shared = [c for c in left if c in right]
    for c in shared:  # a size of 1 stretches
        n, m = shape_of(a)[left.index(c)], shape_of(b)[right.index(c)]
        if known_equal(n, 1) and not known_equal(m, 1):
            a = expand(a, [m if d == c else s for d, s in zip(left, shape_of(a))])
        if known_equal(m, 1) and not known_equal(n, 1):
            b = expand(b, [n if d == c else s for d, s in zip(right, shape_of(b))])
    batch = [c for c in shared if c in needed]
    inner = [c for c in shared if c not in needed]
    result = dot_general(
        a,
        b,
        [left.index(c) for c in batch],
        [right.index(c) for c in batch],
        [left.index(c) for c in inner],
        [right.index(c) for c in inner],
    )
    free = [c for c in left if c not in shared] + [c for c in right if c not in shared]
    return result, "".join(batch + free)
