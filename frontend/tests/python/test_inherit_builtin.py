class MyList(list):
    def __init__(self, *args):
        super().__init__(*args)
        self.tag = "t"

    def append(self, x):
        super().append(x * 2)

    def total(self):
        return sum(self)


l = MyList([1, 2])
l.append(5)
print(l, len(l), l.total(), l.tag, isinstance(l, list), l[0], l[1:], type(l[1:]).__name__, l == [1, 2, 10], [*l], l + [1])


class MyDict(dict):
    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name)

    def __setattr__(self, name, value):
        self[name] = value


d = MyDict(a=1)
d.b = 2
print(d, d.a, d.b, d["b"], hasattr(d, "zzz"), dict(d), {**d})


class Upper(dict):
    def __setitem__(self, k, v):
        super().__setitem__(k.upper(), v)

    def __getitem__(self, k):
        return super().__getitem__(k.upper())

    def __contains__(self, k):
        return super().__contains__(k.upper())


u = Upper()
u["ab"] = 1
print(u, u["AB"], u["ab"], "Ab" in u, len(u), list(u))


class MyInt(int):
    def __new__(cls, v, unit="m"):
        self = super().__new__(cls, v)
        self.unit = unit
        return self

    def __repr__(self):
        return f"{int(self)}{self.unit}"

    def __add__(self, other):
        return MyInt(int(self) + int(other), self.unit)


i = MyInt(5, "km")
print(i, i + 1, i * 2, i == 5, i > 3, [0, 1, 2, 3, 4, 5][i], isinstance(i, int), hash(i) == hash(5), str(i), f"{i:d}")


class MyStr(str):
    def shout(self):
        return self.upper() + "!"


s = MyStr("hey")
print(s, s.shout(), s + "x", len(s), s == "hey", {"hey": 1}[s], s[0], isinstance(s, str), s.replace("h", "H"))


class MyTuple(tuple):
    def __new__(cls, a, b):
        return super().__new__(cls, (a, b))

    @property
    def first(self):
        return self[0]


t = MyTuple(1, 2)
print(t, t.first, len(t), t == (1, 2), isinstance(t, tuple))
a, b = t
print(a, b)


class MySet(set):
    def add(self, x):
        super().add(str(x))


m = MySet()
m.add(1)
print(m, "1" in m, isinstance(m, set))


class MyFloat(float):
    pass


print(MyFloat(2.5) + 1, MyFloat("1.5"), isinstance(MyFloat(1), float))


class AttrDict(dict):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for k, v in self.items():
            if isinstance(v, dict):
                self[k] = AttrDict(v)

    __getattr__ = dict.__getitem__
    __setattr__ = dict.__setitem__


cfg = AttrDict({"model": {"dim": 8}, "lr": 0.1})
cfg.extra = 5
print(cfg.model.dim, cfg.lr, cfg["extra"], cfg)


class E(Exception):
    pass


print(E("a", 1).args, str(E("x")), repr(E("y")))
