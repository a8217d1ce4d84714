import functools


def memo(fn):
    cache = {}

    @functools.wraps(fn)
    def wrapper(*args):
        if args not in cache:
            cache[args] = fn(*args)
        return cache[args]

    wrapper.cache = cache
    return wrapper


@memo
def add(a, b):
    print("computing", a, b)
    return a + b


print(add(1, 2), add(1, 2), len(add.cache), add.__name__)


class CallCount:
    def __init__(self, fn):
        functools.update_wrapper(self, fn)
        self.fn = fn
        self.calls = 0

    def __call__(self, *args, **kw):
        self.calls += 1
        return self.fn(*args, **kw)

    def __get__(self, obj, cls):
        return self if obj is None else functools.partial(self, obj)


@CallCount
def hello(n="x"):
    return "hello " + n


print(hello(), hello("y"), hello.calls, hello.__name__)


class K:
    @CallCount
    def m(self, v):
        return v * 2

    @classmethod
    @memo
    def cm(cls, v):
        return cls.__name__ + str(v)

    @staticmethod
    @memo
    def sm(v):
        return v


k = K()
print(k.m(4), K.m.calls, k.cm(1), K.cm(1), K.sm(3), k.sm(3))


def class_deco(cls):
    cls.tagged = True
    original = cls.__init__

    def __init__(self, *a, **kw):
        original(self, *a, **kw)
        self.after = "set"

    cls.__init__ = __init__
    return cls


@class_deco
class D:
    def __init__(self, v):
        self.v = v


d = D(5)
print(d.v, d.after, D.tagged)


def compose(*fns):
    return functools.reduce(lambda f, g: lambda x: f(g(x)), fns)


print(compose(str, lambda x: x + 1, lambda x: x * 2)(5))


def make_account(balance):
    def deposit(n):
        nonlocal balance
        balance += n
        return balance

    def get():
        return balance

    return deposit, get


dep, get = make_account(10)
dep(5)
print(get(), dep(1), get())


def with_args(*dargs, **dkw):
    def deco(fn):
        @functools.wraps(fn)
        def inner(*a, **k):
            return dargs, dkw, fn(*a, **k)

        return inner

    return deco


@with_args(1, key="v")
def fn(x):
    return x


print(fn(9))
acc = []
for i in range(3):
    def closure(i=i, *, j=i * 10):
        return i, j
    acc.append(closure)
print([c() for c in acc], acc[0].__defaults__, acc[1].__kwdefaults__)


def curry(f, n):
    def go(args):
        return f(*args) if len(args) == n else lambda x: go(args + (x,))
    return go(())


print(curry(lambda a, b, c: a + b * c, 3)(1)(2)(3))
