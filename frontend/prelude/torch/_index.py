"""Reading and writing `x[...]`.

The evaluator takes the index apart (`_braid.index`): numbers, slices, `None` and `...` become a view; what is left are
tensors that index dimensions of that view. They are NumPy's advanced indexing, done here: truth values become the
positions where they hold, index tensors broadcast, and the result's new dimensions stand where the index tensors stood
if those were neighbours, else in front.
"""

import _braid
from torch._core import expand, is_tensor, known_equal, op, permute, product, rank, reshape, shape_of, write


def getitem(x, index):
    view, tensors = _braid.index(x, index)
    if tensors is None:
        return view
    if len(tensors) == 1:
        (dim, t), = tensors
        if _braid.code(t) != "bool":
            return op("gather", [view, t], axis=dim)
    dims, places = _places(tensors)
    if len(dims) == 1:
        return op("gather", [view, places[0]], axis=dims[0])
    front, lead = _to_front(view, dims, rank(places[0]))
    result = op("gather_nd", [front, _stacked(places)])
    return permute(result, lead) if lead else result


def setitem(x, index, value):
    view, tensors = _braid.index(x, index)
    value = getattr(value, "_tensor", value)
    if not is_tensor(value):
        value = _braid.tensor(value, _braid.code(x))
    if tensors is None:
        write(view, value)
    else:
        put(view, tensors, value, False)


def put(view, tensors, value, accumulate):
    """Writes into the elements of a view that index tensors (pairs of dimension and tensor) choose."""
    value = _braid.convert(value, _braid.code(view))
    if len(tensors) == 1 and _braid.code(tensors[0][1]) == "bool" and product(shape_of(value)) == 1:
        dim, mask = tensors[0]
        shape = [1] * dim + list(shape_of(mask)) + [1] * (rank(view) - dim - rank(mask))
        value = reshape(value, [])
        write(view, op("select", [reshape(mask, shape), view + value if accumulate else value, view]))
        return
    dims, places = _places(tensors)
    front, lead = _to_front(view, dims, rank(places[0]))
    k = rank(places[0])
    rest = list(shape_of(front))[len(dims) :]
    rows = list(shape_of(places[0])) + rest
    target = [rows[i] for i in lead] if lead else rows
    value = _leading_ones_dropped(value, len(target))
    value = expand(value, target)
    if lead:
        value = permute(value, _inverse(lead))
    reduction = "add" if accumulate else "none"
    order = dims + [i for i in range(rank(view)) if i not in dims]
    changed = op("scatter_nd", [front, _stacked(places), value], reduction=reduction)
    write(view, permute(changed, _inverse(order)) if order != list(range(len(order))) else changed)


def index_put(x, indices, values, accumulate=False):
    result = _braid.clone(x)
    return index_put_(result, indices, values, accumulate)


def index_put_(x, indices, values, accumulate=False):
    view, tensors = _braid.index(x, tuple([slice(None) if i is None else i for i in indices]))
    put(view, tensors, values, accumulate)
    return x


def _places(tensors):
    """Index tensors as integers of one common shape, with the dimensions that they index."""
    dims, places = [], []
    for dim, t in tensors:
        if _braid.code(t) == "bool":
            found = op("nonzero", [t])[0]
            for i in range(rank(t)):
                dims.append(dim + i)
                places.append(found.select(1, i))
        else:
            dims.append(dim)
            places.append(_braid.convert(t, "i64"))
    if len(places) > 1:
        shape = _braid.broadcast_shapes([shape_of(p) for p in places])
        places = [expand(p, shape) for p in places]
    return dims, places


def _to_front(x, dims, k):
    """x with its indexed dimensions in front, and how to permute what comes out of it (None: as it is): the k new
    dimensions go back between those before and after, if the indexed dimensions are neighbours."""
    rest = [i for i in range(rank(x)) if i not in dims]
    front = x if dims + rest == list(range(rank(x))) else permute(x, dims + rest)
    first = dims[0]
    neighbours = dims == list(range(first, first + len(dims)))
    if not neighbours or first == 0:
        return front, None
    n = k + len(rest)
    return front, list(range(k, k + first)) + list(range(k)) + list(range(k + first, n))


def _stacked(places):
    return op("concat", [reshape(p, list(shape_of(p)) + [1]) for p in places], axis=rank(places[0])) if len(
        places
    ) > 1 else reshape(places[0], list(shape_of(places[0])) + [1])


def _inverse(order):
    result = [0] * len(order)
    for i, d in enumerate(order):
        result[d] = i
    return result


def _leading_ones_dropped(value, n):
    shape = list(shape_of(value))
    while len(shape) > n and known_equal(shape[0], 1):
        shape = shape[1:]
    return reshape(value, shape) if len(shape) != rank(value) else value
