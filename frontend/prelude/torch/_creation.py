"""Making tensors: from Python data, filled, counted, like others, and random.

Random tensors made while modules are built have a type but no contents, since a checkpoint is expected to give
them; those made by the compiled network itself draw from its generator.
"""

import math

import _braid
from torch._core import convert, elementwise, ints, iota, is_tensor, larger, op, sequence, shape_of, tracing
from torch._dtype import BY_CODE, code_of, float32


def _data_of(data):
    """NumPy arrays as the tensors they are."""
    inner = getattr(data, "_tensor", None)
    return data if inner is None else inner


def tensor(data, *, dtype=None, device=None, requires_grad=False, pin_memory=False):
    data = _data_of(data)
    if is_tensor(data):
        return _braid.convert(_braid.clone(data), code_of(dtype) or _braid.code(data))
    return _of_python(data, code_of(dtype))


def as_tensor(data, dtype=None, device=None):
    data = _data_of(data)
    return convert(data, dtype) if is_tensor(data) else _of_python(data, code_of(dtype))


def _of_python(data, code):
    # That a list of the program is empty shows only when it runs, and then it has other elements.
    if isinstance(data, list) and not data:
        return _braid.full([0], 0, code or "f32")
    return _braid.tensor(data, code)


asarray = as_tensor


def scalar_tensor(value, *, dtype=None, device=None):
    return _braid.tensor(value, code_of(dtype) or "f32")


def from_numpy(array):
    return array._tensor


def legacy(code, args):
    """`torch.FloatTensor(...)` and its relatives: a shape, or data."""
    if len(args) == 0:
        return _braid.full([0], 0, code)
    first = _data_of(args[0])
    if len(args) == 1 and is_tensor(first):
        return _braid.convert(first, code)
    if len(args) == 1 and type(first).__name__ == "range":
        first = list(first)
    if len(args) == 1 and isinstance(first, (list, tuple)) and type(first).__name__ != "Size":
        return _of_python(first, code)
    return _braid.uninitialised(ints(args), code)


def _dtype_or(dtype, default):
    return code_of(dtype) or default


def _complex(dtype, make):
    """Two tensors of real numbers for one of complex numbers."""
    from torch._complex import ComplexTensor
    from torch._dtype import complex128

    half = "float64" if dtype is complex128 else "float32"
    return ComplexTensor(*make(half))


def complex_of(x, code):
    """A real tensor as a complex one."""
    from torch._complex import ComplexTensor

    real = _braid.convert(x, code)
    return ComplexTensor(real, zeros_like(real))


def _is_complex(dtype):
    return getattr(dtype, "is_complex", False)


def full(size, fill_value, *, dtype=None, layout=None, device=None, requires_grad=False):
    if isinstance(size, int):
        size = [size]
    if is_tensor(fill_value):
        code = _dtype_or(dtype, _braid.code(fill_value))
        return _braid.clone(_braid.view(_braid.convert(fill_value, code), "broadcast_to", shape=ints([size])))
    code = code_of(dtype) or _braid.code(_braid.tensor(fill_value, None))
    return _braid.full(ints([size]), fill_value, code)


@sequence("size")
def zeros(*size, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False, names=None):
    if _is_complex(dtype):
        return _complex(dtype, lambda half: (zeros(*size, dtype=half), zeros(*size, dtype=half)))
    return _braid.full(ints(size), 0, _dtype_or(dtype, "f32"))


@sequence("size")
def ones(*size, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False, names=None):
    if _is_complex(dtype):
        return _complex(dtype, lambda half: (ones(*size, dtype=half), zeros(*size, dtype=half)))
    return _braid.full(ints(size), 1, _dtype_or(dtype, "f32"))


@sequence("size")
def empty(*size, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False, memory_format=None):
    if _is_complex(dtype):
        return _complex(dtype, lambda half: (empty(*size, dtype=half), empty(*size, dtype=half)))
    return _braid.uninitialised(ints(size), _dtype_or(dtype, "f32"))


def empty_strided(size, stride, *, dtype=None, device=None, requires_grad=False):
    return empty(size, dtype=dtype)


def full_like(input, fill_value, *, dtype=None, device=None, requires_grad=False, memory_format=None, layout=None):
    return full(input.shape, fill_value, dtype=dtype or input.dtype)


def zeros_like(input, *, dtype=None, device=None, requires_grad=False, memory_format=None, layout=None):
    if not is_tensor(input) or _is_complex(dtype):
        return zeros(*input.shape, dtype=dtype or input.dtype)
    return _braid.full(shape_of(input), 0, _dtype_or(dtype, _braid.code(input)))


def ones_like(input, *, dtype=None, device=None, requires_grad=False, memory_format=None, layout=None):
    if not is_tensor(input) or _is_complex(dtype):
        return ones(*input.shape, dtype=dtype or input.dtype)
    return _braid.full(shape_of(input), 1, _dtype_or(dtype, _braid.code(input)))


def empty_like(input, *, dtype=None, device=None, requires_grad=False, memory_format=None, layout=None):
    return _braid.uninitialised(shape_of(input), _dtype_or(dtype, _braid.code(input)))


def arange(*bounds, start=None, end=None, step=None, dtype=None, device=None, requires_grad=False, layout=None):
    bounds = [b.item() if is_tensor(b) else b for b in bounds]
    if end is not None:
        bounds = bounds + [end] if start is None else [start, end]
    if len(bounds) == 1:
        bounds = [0] + bounds
    if len(bounds) == 2:
        bounds = bounds + [1 if step is None else step]
    start, end, step = bounds
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if isinstance(start, float) or isinstance(end, float) or isinstance(step, float):
        count = max(0, math.ceil((end - start) / step))
        code = _dtype_or(dtype, "f32")
        values = op("iota", [], dtype="f64", shape=[count], axis=0)
        return _braid.convert(values * step + start, code)
    code = _dtype_or(dtype, "i64")
    if step == 1:
        count = larger(0, end - start)
    else:
        count = larger(0, -((start - end) // step))
    values = iota(count)
    if step != 1:
        values = values * step
    if not (_braid.is_known(start) and start == 0):
        values = values + start
    return _braid.convert(values, code)


def range(start, end, step=1, *, dtype=None, device=None):
    return arange(start, end + step, step, dtype=dtype or float32)


def linspace(start, end, steps, *, dtype=None, device=None, requires_grad=False, layout=None):
    start = start.item() if is_tensor(start) else start
    end = end.item() if is_tensor(end) else end
    code = _dtype_or(dtype, "f32")
    if steps == 1:
        return _braid.full([1], start, code)
    step = (end - start) / (steps - 1)
    index = op("iota", [], dtype="f64", shape=[steps], axis=0)
    # From both ends toward the middle, so that the last element is exactly `end`.
    low = index * step + start
    high = end - (steps - 1 - index) * step
    return _braid.convert(_braid.select(index < steps // 2, low, high), code)


def logspace(start, end, steps, base=10.0, *, dtype=None, device=None):
    exponents = linspace(start, end, steps, dtype="float64")
    return _braid.convert(elementwise("power", [base, exponents], "float"), _dtype_or(dtype, "f32"))


def eye(n, m=None, *, dtype=None, device=None, requires_grad=False, layout=None):
    rows = iota(n).unsqueeze(1)
    columns = iota(n if m is None else m)
    return _braid.convert(elementwise("equal", [rows, columns], "same"), _dtype_or(dtype, "f32"))


def tril_indices(row, col, offset=0, *, dtype=None, device=None):
    return ones(row, col, dtype="bool").tril(offset).nonzero().t()


def triu_indices(row, col, offset=0, *, dtype=None, device=None):
    return ones(row, col, dtype="bool").triu(offset).nonzero().t()


def _random(row, size, code, why):
    if not tracing():
        return _braid.poison(size, code, why)
    return op(row, [], dtype=code, shape=size)


@sequence("size")
def rand(*size, dtype=None, device=None, requires_grad=False, generator=None, layout=None, pin_memory=False):
    return _random("random_uniform", ints(size), _dtype_or(dtype, "f32"), "torch.rand")


@sequence("size")
def randn(*size, dtype=None, device=None, requires_grad=False, generator=None, layout=None, pin_memory=False):
    return _random("random_normal", ints(size), _dtype_or(dtype, "f32"), "torch.randn")


def rand_like(input, *, dtype=None, device=None, requires_grad=False, memory_format=None, layout=None):
    return _random("random_uniform", shape_of(input), _dtype_or(dtype, _braid.code(input)), "torch.rand_like")


def randn_like(input, *, dtype=None, device=None, requires_grad=False, memory_format=None, layout=None):
    return _random("random_normal", shape_of(input), _dtype_or(dtype, _braid.code(input)), "torch.randn_like")


def randint(low, high=None, size=None, *, dtype=None, device=None, requires_grad=False, generator=None):
    if size is None:  # randint(high, size)
        low, high, size = 0, low, high
    elif high is None:
        low, high = 0, low
    code = _dtype_or(dtype, "i64")
    if not tracing():
        return _braid.poison(ints([size]), code, "torch.randint")
    draw = op("random_uniform", [], dtype="f64", shape=ints([size]))
    return _braid.convert(draw * (high - low), code) + low


def randint_like(input, low, high=None, *, dtype=None, device=None):
    return randint(low, high, input.shape, dtype=dtype or input.dtype)


def randperm(n, *, dtype=None, device=None, generator=None):
    if not tracing():
        return _braid.poison([n], _dtype_or(dtype, "i64"), "torch.randperm")
    return op("random_uniform", [], dtype="f64", shape=[n]).argsort()


def normal(mean, std=1.0, size=None, *, generator=None, dtype=None, device=None):
    if size is None:
        like = mean if is_tensor(mean) else std
        if not is_tensor(like):
            raise TypeError("normal(): without a size, mean or std must be a tensor")
        size = like.shape
    return randn(*size, dtype=dtype) * std + mean


def bernoulli(input, p=None, *, generator=None):
    if not tracing():
        return _braid.poison(shape_of(input), _braid.code(input), "torch.bernoulli")
    draw = op("random_uniform", [], dtype="f32", shape=shape_of(input))
    return _braid.convert(draw < (input if p is None else p), _braid.code(input))


def multinomial(input, num_samples, replacement=False, *, generator=None):
    return op("multinomial", [input], samples=num_samples, replacement=replacement)


def poisson(input, generator=None):
    raise NotImplementedError("torch.poisson is not supported; draw with torch.rand or torch.randn")


def meshgrid(*tensors, indexing="ij"):
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        tensors = tensors[0]
    if indexing == "xy" and len(tensors) > 1:
        first, second = meshgrid(tensors[1], tensors[0], *tensors[2:])[:2]
        rest = meshgrid(tensors[1], tensors[0], *tensors[2:])[2:]
        return (second, first) + rest
    sizes = [t.numel() for t in tensors]
    grids = []
    for i, t in enumerate(tensors):
        shape = [1] * len(sizes)
        shape[i] = sizes[i]
        grids.append(t.reshape(shape).expand(sizes))
    return tuple(grids)


def cartesian_prod(*tensors):
    grids = meshgrid(*tensors)
    import torch

    return torch.stack([g.reshape(-1) for g in grids], 1)


def combinations(input, r=2, with_replacement=False):
    import itertools

    pick = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = [list(row) for row in pick(list(iota(input.shape[0]).tolist()), r)]
    return input[_braid.tensor(rows, "i64").reshape(len(rows), r)]


def dtype_of(x):
    return BY_CODE[_braid.code(x)]
