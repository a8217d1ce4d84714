d = {"a": 1, "b": 2}
d["c"] = 3
d["a"] = 10
print(d, len(d), d["b"], d.get("z"), d.get("z", 0), "a" in d, "z" in d)
print(list(d), list(d.keys()), list(d.values()), list(d.items()))
for k in d:
    print(k, end=" ")
for k, v in d.items():
    print(k, v, end=";")
print()
print(d.pop("a"), d.pop("z", None), d)
print(d.setdefault("b", 5), d.setdefault("n", 6), d)
d.update({"x": 1}, y=2)
d.update([("p", 7)])
print(d)
print(d.popitem(), d)
del d["x"]
print(d)
e = dict(a=1, b=2)
f = dict([("k", "v"), ("l", "w")])
g = dict(zip("abc", range(3)))
h = {**e, "c": 3, **{"a": 9}}
print(e, f, g, h, dict(e) == e, dict(e) is e, {**e})
print({k: v * 2 for k, v in e.items()}, {i: i ** 2 for i in range(4) if i % 2})
print(e | {"z": 1}, e == {"b": 2, "a": 1}, e != {})
e |= {"q": 4}
print(e)
i = {1: "int", 1.0: "float", True: "bool", (1, 2): "tuple", None: "none", "s": "str"}
print(i, i[1], i[(1, 2)], i[None])
print(d.keys() & {"b"}, sorted(e.keys() - {"a"}), "a" in e.keys(), 1 in e.values(), ("a", 1) in e.items())
j = {}
j["x"] = {}
j["x"]["y"] = [1]
j["x"]["y"].append(2)
print(j, bool({}), bool(j))
k = j.copy()
k["x"]["z"] = 0
print(j, k is j)
j.clear()
print(j)
print(dict.fromkeys("ab", 0), dict.fromkeys([1, 2]))
print(sorted({"b": 1, "a": 2}), max({"a": 5, "b": 3}, key={"a": 5, "b": 3}.get), list(reversed({"a": 1, "b": 2})))
try:
    d["missing"]
except KeyError as error:
    print("KeyError", error, error.args)
order = {}
for n in [3, 1, 2]:
    order[n] = None
order.pop(1)
order[1] = None
print(list(order))


class Key:
    def __init__(self, n):
        self.n = n

    def __eq__(self, other):
        return isinstance(other, Key) and self.n == other.n

    def __hash__(self):
        return hash(self.n)

    def __repr__(self):
        return f"Key({self.n})"


m = {Key(1): "one", Key(2): "two"}
print(m[Key(1)], Key(2) in m, Key(3) in m, m)
m[Key(1)] = "uno"
print(len(m), m[Key(1)])


class Missing(dict):
    def __missing__(self, key):
        return key * 2


print(Missing(a=1)["a"], Missing()["b"], Missing().get("b"))
print({"a": 1}.items() == {"a": 1}.items(), d.keys(), d.values(), d.items())
