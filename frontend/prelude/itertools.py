"""itertools, as far as models use it. Written as generators, so that they suspend and fork with the evaluator."""


def count(start=0, step=1):
    n = start
    while True:
        yield n
        n += step


def cycle(iterable):
    saved = []
    for element in iterable:
        yield element
        saved.append(element)
    while saved:
        for element in saved:
            yield element


def repeat(value, times=None):
    if times is None:
        while True:
            yield value
    else:
        for _ in range(times):
            yield value


class chain:
    def __init__(self, *iterables):
        self._it = _chain(iterables)

    def __iter__(self):
        return self._it

    def __next__(self):
        return next(self._it)

    @staticmethod
    def from_iterable(iterables):
        return _chain(iterables)


def _chain(iterables):
    for iterable in iterables:
        for element in iterable:
            yield element


def compress(data, selectors):
    return (d for d, s in zip(data, selectors) if s)


def dropwhile(predicate, iterable):
    dropping = True
    for x in iterable:
        if dropping and predicate(x):
            continue
        dropping = False
        yield x


def takewhile(predicate, iterable):
    for x in iterable:
        if not predicate(x):
            return
        yield x


def filterfalse(predicate, iterable):
    for x in iterable:
        if not (x if predicate is None else predicate(x)):
            yield x


def starmap(function, iterable):
    for args in iterable:
        yield function(*args)


def accumulate(iterable, func=None, *, initial=None):
    it = iter(iterable)
    total = initial
    if initial is None:
        try:
            total = next(it)
        except StopIteration:
            return
    yield total
    for element in it:
        total = total + element if func is None else func(total, element)
        yield total


def islice(iterable, *args):
    s = slice(*args)
    start = s.start or 0
    stop = s.stop
    step = s.step or 1
    wanted = start
    for i, element in enumerate(iterable):
        if stop is not None and i >= stop:
            return
        if i == wanted:
            yield element
            wanted += step
            if stop is not None and wanted >= stop:
                return


def tee(iterable, n=2):
    elements = list(iterable)
    return tuple(iter(elements) for _ in range(n))


def zip_longest(*iterables, fillvalue=None):
    columns = [list(it) for it in iterables]
    length = max((len(c) for c in columns), default=0)
    for i in range(length):
        yield tuple(c[i] if i < len(c) else fillvalue for c in columns)


def pairwise(iterable):
    it = iter(iterable)
    try:
        last = next(it)
    except StopIteration:
        return
    for element in it:
        yield last, element
        last = element


def product(*iterables, repeat=1):
    pools = [tuple(pool) for pool in iterables] * repeat
    results = [()]
    for pool in pools:
        results = [r + (x,) for r in results for x in pool]
    for result in results:
        yield result


def permutations(iterable, r=None):
    pool = tuple(iterable)
    r = len(pool) if r is None else r

    def extend(prefix, used):
        if len(prefix) == r:
            return [prefix]
        found = []
        for i in range(len(pool)):
            if i not in used:
                found.extend(extend(prefix + (pool[i],), used + (i,)))
        return found

    return iter(extend((), ()))


def combinations(iterable, r):
    pool = tuple(iterable)

    def extend(prefix, start):
        if len(prefix) == r:
            return [prefix]
        found = []
        for i in range(start, len(pool)):
            found.extend(extend(prefix + (pool[i],), i + 1))
        return found

    return iter(extend((), 0))


def combinations_with_replacement(iterable, r):
    pool = tuple(iterable)

    def extend(prefix, start):
        if len(prefix) == r:
            return [prefix]
        found = []
        for i in range(start, len(pool)):
            found.extend(extend(prefix + (pool[i],), i))
        return found

    return iter(extend((), 0))


def groupby(iterable, key=None):
    group = None
    for element in iterable:
        k = element if key is None else key(element)
        if group is not None and group[0] == k:
            group[1].append(element)
        else:
            if group is not None:
                yield group[0], iter(group[1])
            group = (k, [element])
    if group is not None:
        yield group[0], iter(group[1])


def batched(iterable, n):
    batch = []
    for element in iterable:
        batch.append(element)
        if len(batch) == n:
            yield tuple(batch)
            batch = []
    if batch:
        yield tuple(batch)
