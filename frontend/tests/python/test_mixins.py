class Base:
    def __init__(self, *, name="base", **kwargs):
        self.name = name
        self.rest = kwargs
        print("Base", name, kwargs)


class LogMixin:
    def __init__(self, *args, level=1, **kwargs):
        print("LogMixin", level)
        super().__init__(*args, **kwargs)
        self.level = level

    def log(self):
        return f"{self.name}:{self.level}"


class SizeMixin:
    size = 3

    def __init__(self, *args, **kwargs):
        print("SizeMixin")
        super().__init__(*args, **kwargs)

    def scaled(self, k):
        return self.size * k


class Model(LogMixin, SizeMixin, Base):
    size = 5

    def __init__(self, **kwargs):
        super(Model, self).__init__(name="model", **kwargs)


m = Model(level=7)
print(m.log(), m.scaled(2), [c.__name__ for c in Model.__mro__], m.rest)


class Plugin:
    plugins = {}

    def __init_subclass__(cls, /, key=None, **kwargs):
        super().__init_subclass__(**kwargs)
        Plugin.plugins[key or cls.__name__] = cls


class P1(Plugin, key="one"):
    pass


class P2(P1):
    pass


print(sorted(Plugin.plugins))


class Counted:
    total = 0

    def __init__(self):
        type(self).total += 1
        self.index = self.total


class SubCounted(Counted):
    total = 100


print(Counted().index, Counted().index, SubCounted().index, Counted.total, SubCounted.total)


class Chain:
    def __init__(self):
        self.ops = []

    def add(self, op):
        self.ops.append(op)
        return self

    def __or__(self, other):
        return Chain.join(self, other)

    @staticmethod
    def join(a, b):
        c = Chain()
        c.ops = a.ops + b.ops
        return c


print((Chain().add(1).add(2) | Chain().add(3)).ops)


class Lazy:
    def __getattr__(self, name):
        value = f"computed {name}"
        setattr(self, name, value)
        print("computing", name)
        return value


z = Lazy()
print(z.foo, z.foo)


class Proxy:
    def __init__(self, target):
        self._target = target

    def __getattr__(self, name):
        return getattr(self._target, name)

    def __getitem__(self, k):
        return self._target[k]

    def __len__(self):
        return len(self._target)


p = Proxy([1, 2, 3])
print(p.count(2), p[0], len(p), p.index(3))


class Temp:
    def __init__(self, c=0):
        self._c = c

    @property
    def f(self):
        "Fahrenheit"
        return self._c * 9 / 5 + 32

    @f.setter
    def f(self, v):
        self._c = (v - 32) * 5 / 9

    @f.deleter
    def f(self):
        self._c = None

    c = property(lambda self: self._c, lambda self, v: setattr(self, "_c", v))


t = Temp(100)
print(t.f, t.c)
t.f = 32
t.c += 5
print(t.c, Temp.f.__doc__, type(Temp.f).__name__, Temp.f.fget(t))
del t.f
print(t.c)
