class V:
    def __init__(self, *c):
        self.c = c

    def __add__(self, o):
        if not isinstance(o, V):
            return NotImplemented
        return V(*(a + b for a, b in zip(self.c, o.c)))

    def __radd__(self, o):
        return self if o == 0 else NotImplemented

    def __sub__(self, o):
        return V(*(a - b for a, b in zip(self.c, o.c)))

    def __mul__(self, k):
        return V(*(a * k for a in self.c))

    __rmul__ = __mul__

    def __matmul__(self, o):
        return sum(a * b for a, b in zip(self.c, o.c))

    def __neg__(self):
        return V(*(-a for a in self.c))

    def __pos__(self):
        return self

    def __invert__(self):
        return V(*reversed(self.c))

    def __abs__(self):
        return sum(a * a for a in self.c) ** 0.5

    def __eq__(self, o):
        return isinstance(o, V) and self.c == o.c

    def __lt__(self, o):
        return abs(self) < abs(o)

    def __le__(self, o):
        return abs(self) <= abs(o)

    def __hash__(self):
        return hash(self.c)

    def __len__(self):
        return len(self.c)

    def __getitem__(self, i):
        return self.c[i]

    def __iter__(self):
        return iter(self.c)

    def __contains__(self, x):
        return x in self.c

    def __bool__(self):
        return any(self.c)

    def __repr__(self):
        return f"V{self.c}"

    def __floordiv__(self, k):
        return V(*(a // k for a in self.c))

    def __truediv__(self, k):
        return V(*(a / k for a in self.c))

    def __mod__(self, k):
        return V(*(a % k for a in self.c))

    def __pow__(self, k):
        return V(*(a ** k for a in self.c))

    def __rsub__(self, o):
        return V(*(o - a for a in self.c))

    def __divmod__(self, k):
        return self // k, self % k

    def __round__(self, n=0):
        return V(*(round(a, n) for a in self.c))

    def __index__(self):
        return len(self.c)

    def __int__(self):
        return 77

    def __float__(self):
        return 7.5


a, b = V(1, 2), V(3, 4)
print(a + b, a - b, a * 3, 3 * a, a @ b, -a, +a, ~a, abs(b), sum([a, b]))
print(a == V(1, 2), a != b, a < b, a <= b, a > b, a >= b, a in {V(1, 2)}, sorted([b, a]), max(a, b))
print(len(a), a[0], a[-1], a[0:1], list(a), 2 in a, 9 in a, bool(a), bool(V(0, 0)), not V(0))
print(a // 2, a / 2, b % 3, a ** 2, 10 - a, divmod(b, 2), round(V(1.256, 2.0), 1), [10, 20, 30][a], int(a), float(a))
x, y = a
print(x, y, [*b], tuple(a), dict(zip("xy", a)))
try:
    a + 5
except TypeError as error:
    print(error)
try:
    5 + a
except TypeError as error:
    print(error)


class M:
    def __init__(self):
        self.d = {}
        self.log = []

    def __setitem__(self, k, v):
        self.d[k] = v

    def __getitem__(self, k):
        return self.d[k]

    def __delitem__(self, k):
        del self.d[k]

    def __iadd__(self, o):
        self.log.append(o)
        return self

    def __setattr__(self, n, v):
        object.__setattr__(self, n, v)

    def __delattr__(self, n):
        print("del", n)
        object.__delattr__(self, n)


m = M()
m["a"] = 1
m["a"] += 5
print(m["a"], m.d)
del m["a"]
m += 3
m += 4
print(m.d, m.log)
m.t = 1
del m.t
print(hasattr(m, "t"))


class Seq:
    def __getitem__(self, i):
        if i >= 3:
            raise IndexError
        return i * 10


print(list(Seq()), 20 in Seq(), [v for v in Seq()], tuple(Seq()))


class It:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return self.n


print(list(It(3)), sum(It(4)), max(It(3)), [*It(2)], next(It(5)), 1 in It(3))
for i, v in enumerate(It(2)):
    print(i, v)
print(list(zip(It(3), "abc")), dict(zip("ab", It(2))), sorted(It(4)))


class Desc:
    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, obj, owner):
        return self if obj is None else getattr(obj, self.name, "unset")

    def __set__(self, obj, value):
        setattr(obj, self.name, value * 2)


class Uses:
    attr = Desc()


u = Uses()
print(u.attr)
u.attr = 21
print(u.attr, u.__dict__, isinstance(Uses.attr, Desc))


class New:
    instance = None

    def __new__(cls, *args):
        if cls.instance is None:
            cls.instance = super().__new__(cls)
        return cls.instance

    def __init__(self, v):
        self.v = v


n1, n2 = New(1), New(2)
print(n1 is n2, n1.v)


class GA:
    def __getattribute__(self, name):
        if name == "magic":
            return 42
        return object.__getattribute__(self, name)

    def __init__(self):
        self.plain = 1


print(GA().magic, GA().plain)


class LenBool:
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n


print(bool(LenBool(0)), bool(LenBool(2)), "yes" if LenBool(1) else "no")


class Rev:
    def __reversed__(self):
        return iter("rev")

    def __format__(self, spec):
        return "F" + spec

    def __str__(self):
        return "S"


print(list(reversed(Rev())), f"{Rev():x}", str(Rev()), format(Rev(), "q"), "%s" % Rev())


class Cmp:
    def __init__(self, v):
        self.v = v

    def __lt__(self, o):
        return self.v < o.v


print(Cmp(1) < Cmp(2), Cmp(1) > Cmp(2), [c.v for c in sorted([Cmp(3), Cmp(1)])], min(Cmp(5), Cmp(4)).v)
try:
    Cmp(1) <= Cmp(2)
except TypeError as error:
    print(error)


class EqOnly:
    def __eq__(self, o):
        return True


print(EqOnly() == 5, 5 == EqOnly(), EqOnly() != 5)
try:
    hash(EqOnly())
except TypeError as error:
    print(error)
