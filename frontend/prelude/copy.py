"""copy and deepcopy over the object protocol."""


class Error(Exception):
    pass


_ATOMS = (type(None), bool, int, float, complex, str, bytes, type, range, slice)


def copy(x):
    cls = type(x)
    if isinstance(x, _ATOMS) or callable(x) and not hasattr(x, "__dict__"):
        return x
    if hasattr(cls, "__copy__"):
        return x.__copy__()
    if cls in (list, dict, set):
        return x.copy()
    if cls in (tuple, frozenset):
        return x
    return _reconstruct(x, lambda v: v)


def deepcopy(x, memo=None):
    if memo is None:
        memo = {}
    if isinstance(x, _ATOMS):
        return x
    key = id(x)
    if key in memo:
        return memo[key]
    cls = type(x)
    if hasattr(cls, "__deepcopy__"):
        result = x.__deepcopy__(memo)
    elif cls is list:
        result = []
        memo[key] = result
        for v in x:
            result.append(deepcopy(v, memo))
    elif cls is tuple:
        result = tuple([deepcopy(v, memo) for v in x])
    elif cls is dict:
        result = {}
        memo[key] = result
        for k, v in x.items():
            result[deepcopy(k, memo)] = deepcopy(v, memo)
    elif cls is set:
        result = {deepcopy(v, memo) for v in x}
    elif cls is frozenset:
        result = frozenset([deepcopy(v, memo) for v in x])
    elif type(x).__name__ in ("function", "builtin_function_or_method", "module"):
        result = x
    elif type(x).__name__ == "method":
        result = getattr(deepcopy(x.__self__, memo), x.__name__)
    else:
        return _reconstruct(x, lambda v: deepcopy(v, memo), memo)
    memo[key] = result
    return result


def _reconstruct(x, convert, memo=None):
    cls = type(x)
    if isinstance(x, tuple):
        return cls.__new__(cls, *x) if hasattr(cls, "_fields") else cls(tuple([convert(v) for v in x]))
    result = cls.__new__(cls)
    if memo is not None:
        memo[id(x)] = result
    if isinstance(x, dict):
        for k, v in x.items():
            dict.__setitem__(result, convert(k), convert(v))
    elif isinstance(x, list):
        list.extend(result, [convert(v) for v in x])
    elif isinstance(x, set):
        set.update(result, [convert(v) for v in x])
    for name, value in list(x.__dict__.items()):
        result.__dict__[name] = convert(value)
    return result
