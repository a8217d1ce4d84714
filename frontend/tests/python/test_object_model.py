class A:
    x = 1

    def f(self):
        return "A.f"


a = A()
print(a.__class__ is A, A.__class__ is type, type(type) is type, A.__name__, A.__bases__ == (object,), A.__dict__["x"], "f" in A.__dict__)
a.f2 = a.f
print(a.f2(), a.f.__self__ is a, a.f.__func__ is A.f, a.f == a.f, a.f.__name__, A.f.__qualname__)
A.g = lambda self, n: n + self.x
print(a.g(5))
a.x = 10
print(a.x, A.x)
del a.x
print(a.x)
A.x = 7
print(a.x, getattr(A, "x"), a.__dict__.keys() == {"f2"} or list(a.__dict__))
B = type("B", (A,), {"y": 2, "h": lambda self: self.x + self.y})
print(B().h(), B.__mro__ == (B, A, object), issubclass(B, A), isinstance(B(), A), B.__module__ == __name__)
a.__class__ = B
print(a.y, type(a).__name__)
o = object()
try:
    o.attr = 1
except AttributeError as e:
    print("AttributeError")


class Priv:
    def __init__(self):
        self.__secret = 5

    def reveal(self):
        return self.__secret

    def __hidden(self):
        return "hidden"

    def call(self):
        return self.__hidden()


p = Priv()
print(p.reveal(), p._Priv__secret, hasattr(p, "__secret"), p.call(), list(p.__dict__))


class Base:
    def __init__(self):
        self.setup()

    def setup(self):
        self.kind = "base"

    def __eq__(self, other):
        return type(self) is type(other) and self.__dict__ == other.__dict__


class Derived(Base):
    def setup(self):
        super().setup()
        self.extra = True


print(Derived().__dict__, Base() == Base(), Base() == Derived(), Derived() != Derived())


class Cls:
    def __class_getitem__(cls, item):
        return f"{cls.__name__}[{item}]"

    @classmethod
    def create(cls, *args, **kwargs):
        obj = cls.__new__(cls)
        obj.args = args
        return obj


print(Cls[5], Cls.create(1, 2).args)
print(isinstance(a.f, type(a.f)), isinstance(A.f, type(lambda: 0)), type(A.f) is type(a.f))
print(hasattr(A, "f"), hasattr(a, "f"), callable(A), callable(a), callable(a.f))
print(id(a) == id(a), a is a, A() is A(), hash(a) == hash(a), len({a, a, A()}))


class WithStr:
    def __str__(self):
        return "str!"


class WithRepr:
    def __repr__(self):
        return "repr!"


print(WithStr(), WithRepr(), [WithRepr()], str(WithRepr()), f"{WithStr()}", {"k": WithRepr()}, (WithRepr(),))
print(type(a).mro()[-1] is object, object.__name__, int.__mro__ == (int, object), bool.__bases__ == (int,))
class Multi(dict, Base): pass
print(Multi(a=1), issubclass(Multi, dict))
setattr(A, "dynamic", property(lambda self: "prop"))
print(A().dynamic)
delattr(A, "dynamic")
print(hasattr(A(), "dynamic"))
inst = A.__new__(A)
print(type(inst).__name__, inst.__dict__)
print(A.__doc__, Cls.create.__name__, str(A.f)[:13])
