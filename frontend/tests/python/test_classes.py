class A:
    count = 0
    items = []

    def __init__(self, x):
        self.x = x
        A.count += 1

    def method(self, y=1):
        return self.x + y

    @staticmethod
    def static(a):
        return a * 2

    @classmethod
    def make(cls, x):
        return cls(x)

    @property
    def double(self):
        return self.x * 2

    @double.setter
    def double(self, value):
        self.x = value // 2

    def __repr__(self):
        return f"{type(self).__name__}({self.x})"


class B(A):
    def __init__(self, x, y):
        super().__init__(x)
        self.y = y

    def method(self, y=1):
        return super().method(y) * 10

    @classmethod
    def make(cls, x):
        return cls(x, 0)


a, b = A(1), B(2, 3)
print(a, b, a.method(), b.method(2), A.static(4), a.static(5), B.make(7), A.make(8))
a.double = 20
print(a.x, a.double, A.count, B.count, isinstance(b, A), issubclass(B, A), type(b) is B, type(a).__name__)
m = a.method
print(m(5), A.method(a, 6), B.__mro__[1].__name__, B.__bases__[0].__name__, B.__name__)
a.new = "attr"
print(a.__dict__, hasattr(a, "new"), getattr(a, "zzz", "none"))
del a.new
print(hasattr(a, "new"), vars(b))
setattr(a, "dyn", 1)
print(a.dyn, "dyn" in a.__dict__)
A.items.append(1)
print(B.items, a.items is b.items)
b.items = [2]
print(A.items, b.items)
try:
    a.missing
except AttributeError as error:
    print(error)
try:
    A.missing
except AttributeError as error:
    print(error)


class P:
    @property
    def ro(self):
        return 1


try:
    P().ro = 2
except AttributeError as error:
    print("AttributeError")


class Diamond1:
    def who(self):
        return "1"


class D2(Diamond1):
    def who(self):
        return "2" + super().who()


class D3(Diamond1):
    def who(self):
        return "3" + super().who()


class D4(D2, D3):
    def who(self):
        return "4" + super().who()


print(D4().who(), [c.__name__ for c in D4.__mro__])


class Base:
    registry = []

    def __init_subclass__(cls, tag=None, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.registry.append((cls.__name__, tag))


class S1(Base, tag="x"):
    pass


class S2(Base):
    pass


print(Base.registry)


class Outer:
    class Inner:
        value = 5

    def get(self):
        return self.Inner.value


print(Outer().get(), Outer.Inner.__qualname__)


class Slots:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a = 1


print(Slots().a)


class Body:
    x = [i * 2 for i in range(3)]
    y = len(x)
    if y > 2:
        z = "big"

    def helper(n):
        return n + 1

    w = helper(1)


print(Body.x, Body.y, Body.z, Body.w)
T = type("T", (A,), {"extra": 5, "m": lambda self: self.x})
t = T(3)
print(t, t.extra, t.m(), T.__name__, T.__mro__[1] is A)
print(a == a, a == A(1), a != b, a is a, A(1) == A(1))


class C:
    def __call__(self, *args, **kw):
        return args, kw

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return "dyn_" + name


c = C()
print(c(1, 2, k=3), c.foo, callable(c), hasattr(c, "anything"))
print(C.__class__.__name__, c.__class__.__name__, C.__module__ == __name__)
super_a = super(B, b)
print(super_a.method(1))
