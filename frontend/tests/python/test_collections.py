from collections import OrderedDict, defaultdict, namedtuple, deque, Counter, ChainMap
import collections
import collections.abc

od = OrderedDict([("a", 1), ("b", 2), ("c", 3)])
od.move_to_end("a")
print(list(od), od.popitem(), od.popitem(last=False), list(od.items()))
od["x"] = 5
for k, v in od.items():
    print(k, v)
print(isinstance(od, dict), len(od), OrderedDict(a=1) == {"a": 1}, OrderedDict(a=1) == OrderedDict(a=1))
dd = defaultdict(list)
dd["a"].append(1)
dd["a"].append(2)
dd["b"]
print(dict(dd), "z" in dd, dd.get("z"))
cnt = defaultdict(int, x=5)
cnt["y"] += 1
cnt["x"] += 1
print(sorted(cnt.items()), defaultdict(lambda: "dflt")["q"])
try:
    defaultdict(None)["x"]
except KeyError as error:
    print("KeyError", error)
Point = namedtuple("Point", ["x", "y"])
p = Point(1, y=2)
print(p, p.x, p[1], p._asdict(), p._replace(x=9), Point._fields, p == (1, 2), *p)
x, y = p
print(x, y, isinstance(p, tuple), len(p), Point._make([5, 6]))
Q = namedtuple("Q", "a b c", defaults=[0])
print(Q(1, 2), hash(Q(1, 2)) == hash((1, 2, 0)), Q(1, 2, c=3).c)
try:
    Point(1)
except TypeError:
    print("TypeError")
try:
    p.x = 5
except AttributeError:
    print("AttributeError")


class Sub(namedtuple("Base", "a b")):
    def total(self):
        return self.a + self.b


print(Sub(1, 2).total(), Sub(3, 4))
d = deque([1, 2, 3], maxlen=3)
d.append(4)
d.appendleft(0)
print(d, d.pop(), d.popleft(), list(d), len(d))
d2 = deque("abc")
d2.rotate(1)
d2.extend("de")
d2.extendleft("z")
print(list(d2), d2[0], "b" in d2)
c = Counter("mississippi")
print(c.most_common(2), c["s"], c["z"], sum(c.values()), Counter(["a", "b", "a"]) == {"a": 2, "b": 1})
c.update("mm")
print(c["m"], sorted(c.elements())[:3])
m = ChainMap({"a": 1}, {"a": 2, "b": 3})
print(m["a"], m["b"], m.get("z", 0), "b" in m)
print(isinstance([], collections.abc.Sequence), isinstance({}, collections.abc.Mapping), isinstance(5, collections.abc.Iterable), isinstance("s", collections.abc.Iterable), isinstance(len, collections.abc.Callable))
print(isinstance((i for i in []), collections.abc.Iterator), isinstance([], collections.abc.Hashable), isinstance(1, collections.abc.Hashable))
