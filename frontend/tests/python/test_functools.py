import functools
from functools import partial, reduce, wraps, lru_cache, cached_property, total_ordering, cmp_to_key, singledispatch

print(partial(pow, 2)(5), partial(int, base=2)("101"), partial(print, "pre", sep="-")("x"))
print(reduce(lambda a, b: a + b, [1, 2, 3]), reduce(lambda a, b: a * b, [1, 2, 3], 10), reduce(max, [3, 9, 2]))


def deco(fn):
    @wraps(fn)
    def inner(*args, **kwargs):
        """inner doc"""
        return fn(*args, **kwargs) + 1

    return inner


@deco
def f(x):
    """f doc"""
    return x


print(f(1), f.__name__, f.__doc__, f.__wrapped__(1))
calls = []


@lru_cache(maxsize=None)
def fib(n):
    calls.append(n)
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print(fib(30), len(calls))


@functools.cache
def sq(x):
    calls.append(x)
    return x * x


print(sq(3), sq(3), calls.count(3))


class C:
    n = 0

    @cached_property
    def value(self):
        C.n += 1
        return 42

    @lru_cache()
    def method(self, x):
        C.n += 10
        return x


c = C()
print(c.value, c.value, C.n, c.method(1), c.method(1), C.n)


@total_ordering
class T:
    def __init__(self, v):
        self.v = v

    def __eq__(self, o):
        return self.v == o.v

    def __lt__(self, o):
        return self.v < o.v


print(T(1) <= T(1), T(2) > T(1), T(1) >= T(2))
print(sorted([3, 1, 2], key=cmp_to_key(lambda a, b: b - a)))


@singledispatch
def show(x):
    return "object"


@show.register(int)
def _(x):
    return "int"


@show.register(list)
def _(x):
    return "list"


print(show(1), show([]), show("s"))
p = partial(f, 5)
print(p(), p.func is f, p.args, p.keywords)


class M:
    def go(self, a, b):
        return a, b

    half = functools.partialmethod(go, 1)


print(M().half(2))
try:
    reduce(max, [])
except TypeError as error:
    print(error)
