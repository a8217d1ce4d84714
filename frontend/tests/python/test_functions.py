def f(a, b=2, *args, c, d=4, **kwargs):
    return (a, b, args, c, d, kwargs)


print(f(1, c=3), f(1, 2, 3, 4, c=5, e=6), f(a=1, c=2, b=9))


def g(a, b, /, c, *, d):
    return a, b, c, d


print(g(1, 2, 3, d=4), g(1, 2, c=3, d=4))
args = (1, 2)
kw = {"c": 3, "d": 4}
print(g(*args, **kw), g(1, *[2], **{"c": 5}, d=6), f(*[1], *[2, 3], c=0, **{"z": 1}))


def default(x, acc=[]):
    acc.append(x)
    return acc


print(default(1), default(2), default(3, []))


def counter():
    n = 0

    def inc(by=1):
        nonlocal n
        n += by
        return n

    return inc


c1, c2 = counter(), counter()
print(c1(), c1(5), c2(), c1())
total = 0


def add(n):
    global total
    total += n


add(3)
add(4)
print(total)
adders = [lambda x, i=i: x + i for i in range(3)]
late = [lambda: i for i in range(3)]
print([h(10) for h in adders], [h() for h in late])


def fact(n):
    return 1 if n <= 1 else n * fact(n - 1)


print(fact(10), (lambda *a, **k: (a, k))(1, x=2), (lambda: None)())


def no_return():
    pass


print(no_return(), callable(f), callable(3), f.__name__, no_return.__doc__)


def documented(x: int, y: "str" = "a") -> bool:
    """Doc."""
    return True


print(documented.__doc__, documented.__name__, documented.__defaults__, documented.__qualname__)


def outer():
    x = "outer"

    def middle():
        def inner():
            return x

        return inner

    x = "changed"
    return middle()()


print(outer())


def apply(fn, *a, **k):
    return fn(*a, **k)


print(apply(max, 1, 5, 3), apply(sorted, [3, 1], reverse=True), apply(lambda a, b: a - b, b=1, a=5))


def deco(tag):
    def wrap(fn):
        def inner(*a):
            return f"<{tag}>{fn(*a)}</{tag}>"

        inner.__name__ = fn.__name__
        return inner

    return wrap


@deco("b")
@deco("i")
def text(s):
    return s


print(text("hi"), text.__name__)
f.attribute = 5
print(f.attribute, hasattr(f, "nope"))
for call in (lambda: f(), lambda: f(1), lambda: g(1, 2), lambda: g(1, b=2, c=3, d=4), lambda: f(1, c=1, a=2), lambda: no_return(1), lambda: no_return(x=1)):
    try:
        call()
    except TypeError as error:
        print(error)


def multi(a, b, c):
    pass


for bad in ((), (1,), (1, 2, 3, 4)):
    try:
        multi(*bad)
    except TypeError as error:
        print(error)
print((lambda x, /, y=1, *, z=2: (x, y, z))(0, z=5))
