"""The keyword `out=` of the torch namespace: a result goes into a tensor that is there already."""

import _braid
from torch._core import known_equal, rank, shape_of, write


def accepting(function):
    """The function, with `out=`."""

    def call(*args, out=None, **kwargs):
        result = function(*args, **kwargs)
        return result if out is None else deliver(result, out)

    call.__name__ = function.__name__
    return call


def deliver(result, out):
    """Puts a result, or each of several, into `out`: written if the sizes agree, so that views of it see it; else `out`
    is resized, which parts it from its views."""
    if isinstance(out, (tuple, list)):
        for r, o in zip(result, out):
            deliver(r, o)
        return result if isinstance(out, list) else type(result)(*out) if type(result) is not tuple else out
    result = _braid.convert(result, _braid.code(out))
    same = rank(result) == rank(out)
    for a, b in zip(shape_of(result), shape_of(out)):
        same = same and known_equal(a, b)
    if same:
        write(out, result)
    else:
        _braid.assign(out, result)
    return out
