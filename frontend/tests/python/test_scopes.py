x = "global"


def f():
    x = "local"

    class C:
        x = "class"

        def m(self):
            return x

        y = x

    return C().m(), C.y, C.x


print(f())


def g():
    def inner():
        nonlocal v
        v += 1
        return v

    v = 10
    return inner(), inner(), v


print(g())


def h():
    try:
        print(x)
        x = 1
    except UnboundLocalError as error:
        print("UnboundLocalError")


h()


def k():
    global newglobal
    newglobal = 5


k()
print(newglobal)


def loop():
    fs = []
    for i in range(3):
        def fn():
            return i
        fs.append(fn)
    return [fn() for fn in fs]


print(loop())


class Cls:
    a = 1
    b = [a] * 2

    def get(self):
        return x, self.a


print(Cls().get(), Cls.b)


def free():
    if False:
        z = 1

    def inner():
        return z

    try:
        inner()
    except NameError as error:
        print("NameError")


free()
def params(a, b=x):
    return a, b
x = "changed"
print(params(1), x)
def dele():
    q = 1
    del q
    try:
        q
    except UnboundLocalError:
        print("deleted")
dele()
def rec():
    def even(n):
        return True if n == 0 else odd(n - 1)
    def odd(n):
        return False if n == 0 else even(n - 1)
    return even(10), odd(7)
print(rec())
print((lambda x: (lambda y: x + y))(1)(2), [(lambda: j)() for j in range(3)])
def shadow(list):
    return list
print(shadow([1]), list("ab"))
import builtins
print(builtins.len("abc"), builtins is not None)
def comp():
    n = 2
    return [n * m for m in range(n)], {n: n}, sum(n for _ in range(n))
print(comp())
class Meta(type):
    def __new__(mcls, name, bases, ns, **kw):
        ns["added"] = name.lower()
        return super().__new__(mcls, name, bases, ns)
    def __init__(cls, name, bases, ns, **kw):
        super().__init__(name, bases, ns)
        cls.kw = kw
    def __call__(cls, *a):
        obj = super().__call__(*a)
        obj.made = True
        return obj
    def cm(cls):
        return "meta " + cls.__name__
    @property
    def prop(cls):
        return "prop " + cls.__name__
class WithMeta(metaclass=Meta, opt=1):
    def __init__(self, v=0):
        self.v = v
class SubMeta(WithMeta):
    pass
print(WithMeta.added, WithMeta.kw, WithMeta(5).made, WithMeta(5).v, SubMeta.added, SubMeta.cm(), SubMeta.prop, type(SubMeta).__name__)
