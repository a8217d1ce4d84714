"""Views and other movement of elements. What PyTorch returns as a view shares contents with its source here too."""

import _braid
from torch._core import (
    axes,
    axis,
    elementwise,
    expand as _expand,
    ints,
    iota,
    is_tensor,
    known_equal,
    narrow as _narrow,
    op,
    permute as _permute,
    product,
    rank,
    reshape as _reshape,
    sequence,
    shape_of,
    smaller,
)


def _sizes(x, sizes):
    """Sizes with their -1 worked out."""
    sizes = list(sizes)
    unknown = [i for i, n in enumerate(sizes) if _braid.is_known(n) and n == -1]
    if len(unknown) > 1:
        raise RuntimeError("only one dimension can be inferred")
    total = product(shape_of(x))
    if unknown:
        rest = product([n for i, n in enumerate(sizes) if i != unknown[0]])
        if _braid.is_known(rest) and _braid.is_known(total) and (rest == 0 or total % rest != 0):
            raise RuntimeError(f"shape '{sizes}' is invalid for input of size {total}")
        sizes[unknown[0]] = total // rest
    elif _braid.is_known(total) and _braid.is_known(product(sizes)) and product(sizes) != total:
        raise RuntimeError(f"shape '{sizes}' is invalid for input of size {total}")
    return sizes


@sequence("size")
def view(input, *shape):
    if len(shape) == 1 and not is_tensor(shape[0]) and not isinstance(shape[0], (int, tuple, list)):
        raise NotImplementedError("Tensor.view(dtype), which reads the same bits as another type, is not supported")
    return _reshape(input, _sizes(input, ints(shape)))


@sequence("shape")
def reshape(input, *shape):
    if not shape:
        shape = ((),)
    sizes = _sizes(input, ints(shape))
    return _reshape(input if _braid.is_viewable(input) else _braid.clone(input), sizes)


def view_as(input, other):
    return view(input, list(shape_of(other)))


def reshape_as(input, other):
    return reshape(input, list(shape_of(other)))


def flatten(input, start_dim=0, end_dim=-1):
    n = rank(input)
    if n == 0:
        return reshape(input, 1)
    start, end = axis(start_dim, n), axis(end_dim, n)
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if start == end:
        return input
    sizes = shape_of(input)
    return reshape(input, list(sizes[:start]) + [product(sizes[start : end + 1])] + list(sizes[end + 1 :]))


def ravel(input):
    return reshape(input, -1)


def unflatten(input, dim, sizes):
    dim = axis(dim, rank(input))
    shape = list(shape_of(input))
    sizes = list(sizes)
    if -1 in sizes:
        known = product([n for n in sizes if n != -1])
        sizes = [shape[dim] // known if n == -1 else n for n in sizes]
    return reshape(input, shape[:dim] + sizes + shape[dim + 1 :])


def squeeze(input, dim=None):
    shape = shape_of(input)
    if dim is None:
        return _reshape(input, [n for n in shape if n != 1])
    drop = axes(dim, rank(input)) if rank(input) else []
    return _reshape(input, [n for i, n in enumerate(shape) if i not in drop or n != 1])


def unsqueeze(input, dim):
    n = rank(input) + 1
    if not -n <= dim < n:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})")
    dim = dim % n
    shape = list(shape_of(input))
    return _reshape(input, shape[:dim] + [1] + shape[dim:])


@sequence("dims")
def permute(input, *dims):
    n = rank(input)
    order = [axis(d, n) for d in ints(dims)]
    if sorted(order) != list(range(n)):
        raise RuntimeError(f"permute(dims): expected each of {n} dimensions once, got {tuple(ints(dims))}")
    return _permute(input, order)


def transpose(input, dim0, dim1):
    n = rank(input)
    a, b = axis(dim0, n), axis(dim1, n)
    if n == 0:
        return input
    order = list(range(n))
    order[a], order[b] = b, a
    return _permute(input, order)


swapdims = transpose


def swapaxes(input, axis0, axis1):
    return transpose(input, axis0, axis1)


def t(input):
    if rank(input) > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {rank(input)}D")
    return input if rank(input) < 2 else _permute(input, [1, 0])


def movedim(input, source, destination):
    n = rank(input)
    sources, targets = axes(source, n), axes(destination, n)
    order = [None] * n
    for s, d in zip(sources, targets):
        order[d] = s
    rest = [i for i in range(n) if i not in sources]
    for i in range(n):
        if order[i] is None:
            order[i] = rest.pop(0)
    return _permute(input, order)


moveaxis = movedim


@sequence("size")
def expand(input, *sizes):
    sizes = ints(sizes)
    shape = shape_of(input)
    lead = len(sizes) - len(shape)
    if lead < 0:
        raise RuntimeError(
            f"expand: the number of sizes provided ({len(sizes)}) must be greater or equal to the number of dimensions"
            f" in the tensor ({len(shape)})"
        )
    result = []
    for i, n in enumerate(sizes):
        if _braid.is_known(n) and n == -1:
            if i < lead:
                raise RuntimeError("expand: -1 is not allowed in a leading, non-existing dimension")
            n = shape[i - lead]
        result.append(n)
    return _expand(input, result)


def expand_as(input, other):
    return expand(input, list(shape_of(other)))


@sequence("size")
def broadcast_to(input, shape):
    return expand(input, *shape)


def broadcast_tensors(*tensors):
    shape = _braid.broadcast_shapes([shape_of(t) for t in tensors])
    return tuple([_expand(t, shape) for t in tensors])


def broadcast_shapes(*shapes):
    from torch._dtype import Size

    return Size(_braid.broadcast_shapes([[s] if isinstance(s, int) else list(s) for s in shapes]))


def select(input, dim, index):
    if is_tensor(index):
        index = int(index)
    dim = axis(dim, rank(input))
    return input[(slice(None),) * dim + (index,)]


def narrow(input, dim, start, length):
    if is_tensor(start):
        start = int(start)
    dim = axis(dim, rank(input))
    if _braid.is_known(start) and start < 0:
        start = start + shape_of(input)[dim]
    return _narrow(input, dim, start, length)


def unbind(input, dim=0):
    dim = axis(dim, rank(input))
    return tuple([select(input, dim, i) for i in range(shape_of(input)[dim])])


def split(tensor, split_size_or_sections, dim=0):
    dim = axis(dim, rank(tensor))
    size = shape_of(tensor)[dim]
    parts = []
    start = 0
    if isinstance(split_size_or_sections, (list, tuple)):
        total = sum(split_size_or_sections)
        if _braid.is_known(size) and total != size:
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {size} (input tensor's size at dimension"
                f" {dim}), but got split_sizes={list(split_size_or_sections)}"
            )
        for length in split_size_or_sections:
            parts.append(_narrow(tensor, dim, start, length))
            start = start + length
        return tuple(parts)
    step = split_size_or_sections
    while start < size:
        parts.append(_narrow(tensor, dim, start, smaller(step, size - start)))
        start = start + step
    return tuple(parts) if parts else (tensor,)


split_with_sizes = split


def chunk(input, chunks, dim=0):
    size = shape_of(input)[axis(dim, rank(input))]
    if _braid.is_known(size):
        return split(input, max(1, -(-size // chunks)), dim)
    # A symbolic size: the first chunks have the rounded-up size, the last what is left.
    step = -(-size // chunks)
    dim = axis(dim, rank(input))
    return tuple([_narrow(input, dim, step * i, smaller(step, size - step * i)) for i in range(chunks)])


def tensor_split(input, indices_or_sections, dim=0):
    dim = axis(dim, rank(input))
    size = shape_of(input)[dim]
    if isinstance(indices_or_sections, int):
        n = indices_or_sections
        base, extra = size // n, size % n
        return split(input, [base + 1] * extra + [base] * (n - extra), dim)
    bounds = [0] + list(indices_or_sections) + [size]
    return tuple([_narrow(input, dim, a, b - a) for a, b in zip(bounds[:-1], bounds[1:])])


def hsplit(input, sections):
    return tensor_split(input, sections, 0 if rank(input) == 1 else 1)


def vsplit(input, sections):
    return tensor_split(input, sections, 0)


def _promoted(tensors):
    code = _braid.result_type(tensors)
    return [_braid.convert(t, code) for t in tensors]


def cat(tensors, dim=0, *, axis=None):
    dim = dim if axis is None else axis
    joined = _braid.joined(tensors, "concat", dim)
    if joined is not None:
        return joined
    tensors = list(tensors)
    if not tensors:
        raise RuntimeError("torch.cat(): expected a non-empty list of Tensors")
    if not all([is_tensor(t) for t in tensors]):
        return _of_parts(cat, tensors, dim)
    parts = [t for t in tensors if not (rank(t) == 1 and known_equal(shape_of(t)[0], 0))] or tensors[:1]
    if rank(parts[0]) == 0:
        raise RuntimeError("zero-dimensional tensor (at position 0) cannot be concatenated")
    code = _braid.result_type(tensors)
    parts = [_braid.convert(t, code) for t in parts]
    if len(parts) == 1:
        return _braid.clone(parts[0])
    return op("concat", parts, axis=dim % rank(parts[0]) if -rank(parts[0]) <= dim < rank(parts[0]) else _bad(dim, parts[0]))


concat = concatenate = cat


def _of_parts(function, tensors, dim):
    """`cat` or `stack` of complex tensors; anything else is no tensor."""
    from torch._complex import ComplexTensor, joined

    for i, t in enumerate(tensors):
        if not is_tensor(t) and not isinstance(t, ComplexTensor):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(t).__name__}")
    return joined(function, tensors, dim)


def _bad(dim, x):
    return axis(dim, rank(x))


def stack(tensors, dim=0):
    joined = _braid.joined(tensors, "stack", dim)
    if joined is not None:
        return joined
    tensors = list(tensors)
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    if not all([is_tensor(t) for t in tensors]):
        return _of_parts(stack, tensors, dim)
    tensors = _promoted(tensors)
    dim = axis(dim, rank(tensors[0]) + 1)
    first = shape_of(tensors[0])
    for i, t in enumerate(tensors):
        if rank(t) != len(first) or any([_braid.known_unequal(a, b) for a, b in zip(first, shape_of(t))]):
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(first)} at entry 0 and"
                f" {list(shape_of(t))} at entry {i}"
            )
    parts = [unsqueeze(t, dim) for t in tensors]
    return op("concat", parts, axis=dim) if len(parts) > 1 else _braid.clone(parts[0])


def hstack(tensors):
    tensors = [reshape(t, 1) if rank(t) == 0 else t for t in tensors]
    return cat(tensors, 0 if rank(tensors[0]) == 1 else 1)


def vstack(tensors):
    return cat([atleast_2d(t) for t in tensors], 0)


row_stack = vstack


def dstack(tensors):
    return cat([atleast_3d(t) for t in tensors], 2)


def column_stack(tensors):
    return cat([unsqueeze(t, 1) if rank(t) == 1 else t for t in tensors], 1)


def atleast_1d(input):
    return reshape(input, 1) if rank(input) == 0 else input


def atleast_2d(input):
    return input if rank(input) > 1 else _reshape(input, [1, product(shape_of(input))])


def atleast_3d(input):
    input = atleast_2d(input) if rank(input) < 2 else input
    return unsqueeze(input, -1) if rank(input) == 2 else input


@sequence("repeats")
def repeat(input, *sizes):
    """Copies along every dimension: each is split into (copies, size), stretched and joined again."""
    sizes = ints(sizes)
    shape = list(shape_of(input))
    lead = len(sizes) - len(shape)
    if lead < 0:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    shape = [1] * lead + shape
    split_shape, stretched, result = [], [], []
    for count, n in zip(sizes, shape):
        split_shape.extend([1, n])
        stretched.extend([count, n])
        result.append(count * n)
    return _braid.clone(_reshape(_expand(_reshape(input, split_shape), stretched), result))


@sequence("dims")
def tile(input, *dims):
    dims = ints(dims)
    return repeat(input, [1] * (rank(input) - len(dims)) + dims)


def repeat_interleave(input, repeats, dim=None, *, output_size=None):
    if dim is None:
        input, dim = ravel(input), 0
    dim = axis(dim, rank(input))
    if is_tensor(repeats) and product(shape_of(repeats)) == 1:
        repeats = int(repeats)
    if not is_tensor(repeats):
        shape = list(shape_of(input))
        wide = unsqueeze(input, dim + 1)
        wide = _expand(wide, shape[: dim + 1] + [repeats] + shape[dim + 1 :])
        return _braid.clone(_reshape(wide, shape[:dim] + [shape[dim] * repeats] + shape[dim + 1 :]))
    # Output position p comes from the element whose run of copies covers p.
    ends = repeats.cumsum(0)
    total = int(repeats.sum())
    source = (unsqueeze(iota(total), 1) >= ends).sum(1)
    return index_select(input, dim, source)


@sequence("dims")
def flip(input, *dims):
    return op("reverse", [input], axes=axes(ints(dims), rank(input)))


def fliplr(input):
    return flip(input, 1)


def flipud(input):
    return flip(input, 0)


def roll(input, shifts, dims=None):
    if dims is None:
        return reshape(roll(ravel(input), shifts, 0), list(shape_of(input)))
    if not isinstance(shifts, (tuple, list)):
        shifts, dims = [shifts], [dims]
    for shift, dim in zip(shifts, dims):
        dim = axis(dim, rank(input))
        size = shape_of(input)[dim]
        cut = (size - shift) % size
        input = op("concat", [_narrow(input, dim, cut, size - cut), _narrow(input, dim, 0, cut)], axis=dim)
    return input


def rot90(input, k=1, dims=(0, 1)):
    a, b = dims
    k = k % 4
    if k == 0:
        return _braid.clone(input)
    if k == 2:
        return flip(input, a, b)
    return flip(transpose(input, a, b), a) if k == 1 else transpose(flip(input, a), a, b)


def index_select(input, dim, index):
    if rank(index) == 0:
        index = reshape(index, 1)
    dim = axis(dim, rank(input))
    _braid.check_index(index, shape_of(input)[dim], False, "IndexError: index out of range in self")
    return op("gather", [input, index], axis=dim)


def take(input, index):
    _braid.check_index(
        index,
        product(shape_of(input)),
        True,
        "IndexError: out of range: tried to access index {0} on a tensor of {1} elements.",
    )
    return op("gather", [ravel(input), index], axis=0)


def _cropped(x, dim, like):
    """The leading part of x that an index of this shape can reach, but for dimension dim."""
    for i, n in enumerate(shape_of(like)):
        if i != dim and not known_equal(n, shape_of(x)[i]):
            x = _narrow(x, i, 0, n)
    return x


def _check_elements(index, dim, size, kind="RuntimeError", function=""):
    message = kind + ": " + function + "index {0} is out of bounds for dimension " + str(dim) + " with size {1}"
    _braid.check_index(index, size, False, message)


def gather(input, dim, index, *, sparse_grad=False):
    if rank(input) == 0:
        return reshape(gather(reshape(input, 1), 0, reshape(index, 1)), list(shape_of(index)))
    dim = axis(dim, rank(input))
    if rank(index) != rank(input):
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    _check_elements(index, dim, shape_of(input)[dim])
    return gather_unchecked(input, dim, index)


def gather_unchecked(input, dim, index):
    """`gather` of indices that are known to lie in the dimension, which is counted from the front."""
    return op("gather_elements", [_cropped(input, dim, index), index], axis=dim)


def take_along_dim(input, indices, dim=None):
    if dim is None:
        return take_along_dim(ravel(input), ravel(indices), 0)
    dim = axis(dim, rank(input))
    # PyTorch takes any index modulo the size here.
    indices = indices % shape_of(input)[dim]
    common = _braid.broadcast_shapes(
        [[1 if i == dim else n for i, n in enumerate(shape_of(x))] for x in (input, indices)]
    )
    wide = [shape_of(input)[dim] if i == dim else n for i, n in enumerate(common)]
    deep = [shape_of(indices)[dim] if i == dim else n for i, n in enumerate(common)]
    return gather_unchecked(_expand(input, wide), dim, _expand(indices, deep))


_REDUCTIONS = {None: "none", "add": "add", "sum": "add", "multiply": "mul", "prod": "mul", "amax": "max", "amin": "min"}


def scatter(input, dim, index, src=None, *, value=None, reduce=None):
    if src is None:
        src = value
    return _scattered(input, dim, index, src, _REDUCTIONS[reduce])


def scatter_add(input, dim, index, src):
    return _scattered(input, dim, index, src, "add")


_IDENTITIES = {"sum": 0, "mean": 0, "prod": 1, "amax": float("-inf"), "amin": float("inf")}


def scatter_reduce(input, dim, index, src, reduce, *, include_self=True):
    reduction = "add" if reduce == "mean" else _REDUCTIONS[reduce]
    start = input
    if not include_self:
        # What is reduced into starts from the operation's identity.
        start = _scattered(input, dim, index, _IDENTITIES[reduce], "none")
    result = _scattered(start, dim, index, src, reduction)
    if reduce != "mean":
        return result
    ones = _braid.full(shape_of(index), 1, _braid.code(input))
    counts = _scattered(_braid.full(shape_of(input), int(include_self), _braid.code(input)), dim, index, ones, "add")
    return result / counts.clamp(min=1)


def _scattered(input, dim, index, src, reduction):
    dim = axis(dim, rank(input))
    if is_tensor(src) and rank(src) == rank(index):
        for i, n in enumerate(shape_of(index)):
            if not known_equal(n, shape_of(src)[i]):
                src = _narrow(src, i, 0, n)
        src = _braid.convert(src, _braid.code(input))
    else:
        if is_tensor(src):
            src = src.item()
        src = _braid.full(shape_of(index), src, _braid.code(input))
    _check_elements(index, dim, shape_of(input)[dim])
    return op("scatter_elements", [input, index, src], axis=dim, reduction=reduction)


def index_add(input, dim, index, source, *, alpha=1):
    dim = axis(dim, rank(input))
    _check_elements(index, dim, shape_of(input)[dim])
    return _index_put(input, dim, index, source * alpha if alpha != 1 else source, "add")


def index_copy(input, dim, index, source):
    dim = axis(dim, rank(input))
    _check_elements(index, dim, shape_of(input)[dim], "IndexError", "index_copy_(): ")
    return _index_put(input, dim, index, source, "none")


def index_fill(input, dim, index, value):
    dim = axis(dim, rank(input))
    shape = list(shape_of(input))
    shape[dim] = shape_of(index)[0] if rank(index) else 1
    message = "IndexError: index {0} is out of bounds for dimension " + str(dim) + " with size {1}"
    _braid.check_index(index, shape_of(input)[dim], True, message)
    if is_tensor(value):
        source = _expand(_braid.convert(value, _braid.code(input)), shape)
    else:
        source = _braid.full(shape, value, _braid.code(input))
    return _index_put(input, dim, index, source, "none")


def _index_put(input, dim, index, source, reduction):
    """Rows of dimension dim, by moving it to the front and scattering along it."""
    dim = axis(dim, rank(input))
    if rank(index) == 0:
        index = reshape(index, 1)
    order = [dim] + [i for i in range(rank(input)) if i != dim]
    back = sorted(range(len(order)), key=lambda i: order[i])
    rows = op(
        "scatter_nd",
        [_permute(input, order), unsqueeze(index, -1), _permute(_braid.convert(source, _braid.code(input)), order)],
        reduction=reduction,
    )
    return _permute(rows, back)


def masked_fill(input, mask, value):
    if _braid.code(mask) != "bool":
        mask = mask != 0
    if is_tensor(value):
        value = _braid.convert(value, _braid.code(input))
    else:
        value = _braid.tensor(value, _braid.code(input))
    return op("select", [mask, value, input])


def masked_select(input, mask):
    input, mask = broadcast_tensors(input, mask)
    return input[mask if _braid.code(mask) == "bool" else mask != 0]


def masked_scatter(input, mask, source):
    """The true positions take the elements of source in order."""
    mask = _expand(mask if _braid.code(mask) == "bool" else mask != 0, shape_of(input))
    flat = reshape(mask, -1)
    order = _braid.convert(flat, "i64").cumsum(0) - 1
    order = order.clamp(min=0)
    message = "RuntimeError: masked_scatter: expected the source to have at least as many elements as the mask has true ones"
    _braid.check_index(order, product(shape_of(source)), False, message)
    taken = op("gather", [ravel(source), order], axis=0)
    return op("select", [mask, reshape(taken, list(shape_of(input))), input])


def tril(input, diagonal=0):
    return op("tril", [input], diagonal=diagonal)


def triu(input, diagonal=0):
    return op("triu", [input], diagonal=diagonal)


def _zero(x):
    return _braid.full([], 0, _braid.code(x))


def diagonal(input, offset=0, dim1=0, dim2=1):
    """A view: the two dimensions joined and stepped through."""
    n = rank(input)
    a, b = axis(dim1, n), axis(dim2, n)
    moved = _permute(input, [i for i in range(n) if i not in (a, b)] + [a, b])
    shape = list(shape_of(moved))
    rows, columns = shape[-2], shape[-1]
    if offset >= 0:
        length, start = smaller(rows, columns - offset), offset
    else:
        length, start = smaller(rows + offset, columns), -offset * columns
    lead = shape[:-2]
    flat = _reshape(moved, lead + [rows * columns])
    step = columns + 1
    if not _braid.is_known(step):
        index = iota(length) * step + start
        return op("gather", [flat, index], axis=len(lead))
    limits = lead + [start + (length - 1) * step + 1]
    return _braid.view(flat, "slice", start=[0] * len(lead) + [start], limit=limits, stride=[1] * len(lead) + [step])


def diag(input, diagonal=0):
    if rank(input) == 2:
        return _braid.clone(globals()["diagonal"](input, diagonal))
    return diag_embed(input, diagonal)


def diag_embed(input, offset=0, dim1=-2, dim2=-1):
    size = shape_of(input)[-1] + abs(offset)
    row, column = unsqueeze(iota(size), 1), iota(size)
    place = (row if offset >= 0 else column).clamp(max=shape_of(input)[-1] - 1)
    full = op("gather", [input, _expand(place, [size, size])], axis=rank(input) - 1)
    result = _braid.select(elementwise("equal", [column, row + offset], "same"), full, _zero(input))
    if (dim1, dim2) != (-2, -1):
        result = movedim(result, (-2, -1), (dim1, dim2))
    return result


def trace(input):
    return diagonal(input).sum()


def unfold(input, dimension, size, step):
    dim = axis(dimension, rank(input))
    count = (shape_of(input)[dim] - size) // step + 1
    index = unsqueeze(iota(count) * step, 1) + iota(size)
    windows = op("gather", [input, index], axis=dim)
    order = [i for i in range(rank(windows)) if i != dim + 1] + [dim + 1]
    return _permute(windows, order)


def as_strided(input, size, stride, storage_offset=0):
    index = _braid.full([], storage_offset, "i64")
    for i, (n, step) in enumerate(zip(size, stride)):
        shape = [1] * len(size)
        shape[i] = n
        index = index + _reshape(iota(n) * step, shape)
    return op("gather", [ravel(input), index], axis=0)


def pixel_shuffle(input, upscale_factor):
    r = upscale_factor
    shape = list(shape_of(input))
    lead, (c, h, w) = shape[:-3], shape[-3:]
    n = len(lead)
    x = _reshape(input, lead + [c // (r * r), r, r, h, w])
    x = _permute(x, list(range(n)) + [n, n + 3, n + 1, n + 4, n + 2])
    return reshape(x, lead + [c // (r * r), h * r, w * r])


def pixel_unshuffle(input, downscale_factor):
    r = downscale_factor
    shape = list(shape_of(input))
    lead, (c, h, w) = shape[:-3], shape[-3:]
    n = len(lead)
    x = _reshape(input, lead + [c, h // r, r, w // r, r])
    x = _permute(x, list(range(n)) + [n, n + 2, n + 4, n + 1, n + 3])
    return reshape(x, lead + [c * r * r, h // r, w // r])


def channel_shuffle(input, groups):
    shape = list(shape_of(input))
    n, c = shape[0], shape[1]
    x = _reshape(input, [n, groups, c // groups] + shape[2:])
    return reshape(transpose(x, 1, 2), shape)


def block_diag(*tensors):
    rows = sum([shape_of(atleast_2d(t))[0] for t in tensors])
    columns = sum([shape_of(atleast_2d(t))[1] for t in tensors])
    result = _braid.full([rows, columns], 0, _braid.result_type(tensors))
    r = c = 0
    for t in tensors:
        t = atleast_2d(t)
        h, w = shape_of(t)
        result[r : r + h, c : c + w] = t
        r, c = r + h, c + w
    return result


def diagflat(input, offset=0):
    return diag_embed(ravel(input), offset)


def _changed(input, choose, src):
    """A copy whose part that `choose` views is src."""
    result = _braid.clone(input)
    choose(result).copy_(src)
    return result


def diagonal_scatter(input, src, offset=0, dim1=0, dim2=1):
    return _changed(input, lambda x: diagonal(x, offset, dim1, dim2), src)


def select_scatter(input, src, dim, index):
    return _changed(input, lambda x: select(x, dim, index), src)


def slice_scatter(input, src, dim=0, start=None, end=None, step=1):
    dim = axis(dim, rank(input))
    return _changed(input, lambda x: x[(slice(None),) * dim + (slice(start, end, step),)], src)


def unravel_index(indices, shape):
    shape = [shape] if isinstance(shape, int) else list(shape)
    result = []
    for n in reversed(shape):
        result.insert(0, indices % n)
        indices = indices // n
    return tuple(result)


def dsplit(input, sections):
    return tensor_split(input, sections, 2)


def linalg_vander(x, N=None):
    """Powers 0 to N - 1 of every element, in a new last dimension."""
    count = shape_of(x)[-1] if N is None else N
    return elementwise("power", [unsqueeze(x, -1), iota(count)], "same")


def vander(x, N=None, increasing=False):
    powers = linalg_vander(x, N)
    return powers if increasing else flip(powers, -1)


def put(input, index, source, accumulate=False):
    """The flat positions `index` take the elements of source in order."""
    flat = _braid.clone(ravel(input))
    places = ravel(index)
    reduction = "add" if accumulate else "none"
    changed = _index_put(flat, 0, places, ravel(source), reduction)
    return reshape(changed, list(shape_of(input)))


def index_reduce(input, dim, index, source, reduce, *, include_self=True):
    """Rows of source reduced into those of input that index names."""
    dim = axis(dim, rank(input))
    place = _reshape(index, [shape_of(index)[0] if i == dim else 1 for i in range(rank(input))])
    return scatter_reduce(input, dim, _expand(place, shape_of(source)), source, reduce, include_self=include_self)
