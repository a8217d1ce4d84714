"""The part of the module `builtins` that calls back into Python. Names with an underscore are for the natives."""


def _collect(iterable):
    return [element for element in iterable]


def _row_list(tensor):
    """`tolist` of a tensor whose number of rows only the program knows: a list that a loop grows."""
    return [row.tolist() for row in tensor]


def _collect_mapping(mapping):
    return {key: mapping[key] for key in mapping.keys()}


def _pairs(mapping):
    return [(key, mapping[key]) for key in mapping.keys()]


def _truth(value):
    return not not value


def _contains(container, value):
    for element in container:
        if element is value or element == value:
            return True
    return False


def _iterate_items(sequence):
    index = 0
    while True:
        try:
            element = sequence[index]
        except (IndexError, StopIteration):
            return
        yield element
        index += 1


def _call_until(function, sentinel):
    while True:
        value = function()
        if value == sentinel:
            return
        yield value


def _next_or(iterator, default):
    try:
        return next(iterator)
    except StopIteration:
        return default


def _close(generator):
    try:
        generator.throw(GeneratorExit())
    except (StopIteration, GeneratorExit):
        return None
    raise RuntimeError("generator ignored GeneratorExit")


def _checked_len(method, value):
    length = method(value)
    if isinstance(length, int) and not length < 0:
        return int(length)
    if not isinstance(length, int):
        raise TypeError(f"'{type(length).__name__}' object cannot be interpreted as an integer")
    raise ValueError("__len__() should return >= 0")


def _finish_class(cls, named, **kwargs):
    for name, value in named:
        type(value).__set_name__(value, cls, name)
    super(cls, cls).__init_subclass__(**kwargs)
    return cls


def _all(iterable):
    for element in iterable:
        if not element:
            return False
    return True


def _any(iterable):
    for element in iterable:
        if element:
            return True
    return False


def _divmod(a, b):
    own = getattr(type(a), "__divmod__", None)
    if own is not None:
        return own(a, b)
    return a // b, a % b


def _pow(a, b):
    return a**b


def _extreme(items, key, greatest):
    if not items:
        raise ValueError(f"{'max' if greatest else 'min'}() arg is an empty sequence")
    best = items[0]
    best_key = best if key is None else key(best)
    for index in range(1, len(items)):
        item = items[index]
        item_key = item if key is None else key(item)
        if item_key > best_key if greatest else item_key < best_key:
            best = item
            best_key = item_key
    return best


def _sum(items, total):
    for item in items:
        total = total + item
    return total


def _extreme_or(items, key, greatest, default):
    return _extreme(items, key, greatest) if items else default


# Lists that a loop of the program grows: each of these is a loop of the program.


def _bound(at, length, low, high):
    at = int(at)
    if at < 0:
        at = at + length
    return max(low, min(at, high))


def _sliced(items, part):
    length = len(items)
    step = 1 if part.step is None else part.step
    low, high = (0, length) if step > 0 else (-1, length - 1)
    first, last = (low, high) if step > 0 else (high, low)
    start = first if part.start is None else _bound(part.start, length, low, high)
    stop = last if part.stop is None else _bound(part.stop, length, low, high)
    picked = []
    for at in range(start, stop, step):
        picked.append(items[at])
    return tuple(picked) if isinstance(items, tuple) else picked


def _extend(items, more):
    for element in more:
        items.append(element)
    return items


def _extended(items, more):
    _extend(items, more)


def _joined(items, more):
    return _extend(list(items), more)


def _backward(items):
    turned = []
    for at in range(len(items) - 1, -1, -1):
        turned.append(items[at])
    return iter(turned)


def _reverse(items):
    low, high = 0, len(items) - 1
    while low < high:
        items[low], items[high] = items[high], items[low]
        low += 1
        high -= 1


def _same_elements(known, items):
    if len(known) != len(items):
        return False
    for a, b in zip(known, items):
        if a != b:
            return False
    return True


def _count(items, value):
    found = 0
    for element in items:
        if element == value:
            found += 1
    return found


def _index_in(items, value, start, stop):
    length = len(items)
    for at in range(_bound(start, length, 0, length), _bound(stop, length, 0, length)):
        if items[at] == value:
            return at
    raise ValueError(f"{value!r} is not in list")


def _remove(items, value):
    for at in range(len(items)):
        if items[at] == value:
            items.pop(at)
            return
    raise ValueError("list.remove(x): x not in list")


def _enumerate(iterable, start):
    index = start
    for element in iterable:
        yield index, element
        index += 1


def _zip(iterables, strict):
    iterators = [iter(iterable) for iterable in iterables]
    while iterators:
        row = []
        for position, iterator in enumerate(iterators):
            try:
                row.append(next(iterator))
            except StopIteration:
                if strict:
                    _check_strict(iterators, position)
                return
        yield tuple(row)


def _check_strict(iterators, position):
    if position > 0:
        raise ValueError(f"zip() argument {position + 1} is shorter than argument 1")
    for other in range(1, len(iterators)):
        try:
            next(iterators[other])
        except StopIteration:
            continue
        raise ValueError(f"zip() argument {other + 1} is longer than argument 1")


def _reversed(sequence):
    index = len(sequence) - 1
    while index >= 0:
        yield sequence[index]
        index -= 1


def _sorted_by(items, key, reverse):
    return _ranked(items, [key(item) for item in items], reverse)


def _sort_by(items, key, reverse):
    items[:] = _ranked(items, [key(item) for item in items], reverse)


def _sort_later(items, reverse):
    items[:] = _sorted_later(items, items, reverse)


def _sorted_later(items, keys, reverse):
    """Sorts by numbers, or by tuples of numbers, that only the program knows."""
    order = _order(keys, reverse)
    return [_picked(items, order[at]) for at in range(len(items))]


def _order(keys, reverse):
    import torch

    if isinstance(keys[0], (tuple, list)):
        # By the last parts first: each sorting keeps the order of equals.
        order = None
        for part in reversed(range(len(keys[0]))):
            numbers = _column([key[part] for key in keys])
            by = torch.argsort(numbers if order is None else numbers[order], descending=reverse, stable=True)
            order = by if order is None else order[by]
        return order
    return torch.argsort(_column(keys), descending=reverse, stable=True)


def _column(numbers):
    import torch

    floats = any([isinstance(number, (float, torch.Tensor)) for number in numbers])
    return torch.tensor(numbers, dtype=torch.float64 if floats else torch.int64)


def _picked(items, at):
    """The element at a position that only the program knows; they are all of one kind."""
    import torch

    first = items[0]
    if all([item is first for item in items]):
        return first
    if all([isinstance(item, torch.Tensor) for item in items]):
        return torch.stack(items)[at]
    if all([isinstance(item, bool) for item in items]):
        return torch.tensor(items, dtype=torch.bool)[at].item()
    if all([isinstance(item, (int, float)) and isinstance(item, float) == isinstance(first, float) for item in items]):
        return _column(items)[at].item()
    if all([type(item) is type(first) and isinstance(item, (tuple, list)) for item in items]):
        if all([len(item) == len(first) for item in items]):
            return type(first)([_picked([item[part] for item in items], at) for part in range(len(first))])
    # One gate per element that it may be.
    return items[int(at)]


def map(function, iterable, /, *iterables):
    if iterables:
        return _map_rows(function, zip(iterable, *iterables))
    return _map(function, iter(iterable))


def _map(function, iterator):
    for element in iterator:
        yield function(element)


def _map_rows(function, rows):
    for row in rows:
        yield function(*row)


def filter(function, iterable, /):
    return _filter(function, iter(iterable))


def _filter(function, iterator):
    for element in iterator:
        if element if function is None else function(element):
            yield element


def __import__(name, globals=None, locals=None, fromlist=(), level=0):
    import importlib

    module = importlib.import_module(name)
    if fromlist or "." not in name:
        return module
    return importlib.import_module(name.split(".")[0])


class complex:
    """Complex numbers are not supported; the class is for `isinstance`."""

    def __new__(cls, *args):
        raise NotImplementedError("complex numbers are not supported")


class bytearray:
    """Byte arrays are not supported; the class is for `isinstance`."""

    def __new__(cls, *args):
        raise NotImplementedError("bytearray is not supported; use bytes")


class memoryview:
    """Memory views are not supported; the class is for `isinstance`."""

    def __new__(cls, *args):
        raise NotImplementedError("memoryview is not supported")


def breakpoint(*args, **kwargs):
    pass


def exit(code=None):
    raise SystemExit(code)


quit = exit
