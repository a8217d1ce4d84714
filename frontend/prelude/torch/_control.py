"""Control flow as functions: branches and loops of the program like any others."""

from torch import _shape
from torch._core import is_tensor


def cond(pred, true_fn, false_fn, operands=()):
    if pred:
        return true_fn(*operands)
    return false_fn(*operands)


def while_loop(cond_fn, body_fn, carried_inputs):
    values = tuple(carried_inputs)
    while cond_fn(*values):
        values = body_fn(*values)
        if not isinstance(values, (tuple, list)):
            values = (values,)
        values = tuple(values)
    return values


def vmap(func, in_dims=0, out_dims=0, randomness="error", *, chunk_size=None):
    """The function of each slice, stacked."""

    def mapped(*args, **kwargs):
        dims = [in_dims] * len(args) if in_dims is None or isinstance(in_dims, int) else list(in_dims)
        sizes = [a.shape[d] for a, d in zip(args, dims) if d is not None]
        if not sizes:
            raise ValueError("vmap: at least one argument must have a dimension that is mapped over")
        rows = []
        for i in range(sizes[0]):
            rows.append(func(*[a if d is None else a.select(d, i) for a, d in zip(args, dims)], **kwargs))
        if is_tensor(rows[0]):
            return _shape.stack(rows, out_dims)
        outs = [out_dims] * len(rows[0]) if isinstance(out_dims, int) else out_dims
        return tuple([_shape.stack([row[k] for row in rows], d) for k, d in enumerate(outs)])

    return mapped
