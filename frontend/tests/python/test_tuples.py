t = (1, "a", 2.5)
print(t, t[0], t[-1], t[1:], len(t), "a" in t, t.index("a"), t.count(1))
print((), (1,), 1, (1, 2) + (3,), (0,) * 3, tuple([1, 2]), tuple("ab"))
a, b, c = t
print(a, b, c)
print((1, 2) < (1, 3), (1,) < (1, 0), (1, 2) == (1, 2), (1, 2) is t, hash((1, 2)) == hash((1, 2)))
for x, (y, z) in [(1, (2, 3)), (4, (5, 6))]:
    print(x, y, z)
print({(1, 2): "v"}[1, 2], isinstance(t, tuple), type(t).__name__)
try:
    t[0] = 5
except TypeError as error:
    print(error)
try:
    t[10]
except IndexError as error:
    print(error)
nested = ((1, 2), (3, (4, 5)))
print(nested[1][1][0], nested)


def pair():
    return 1, 2


m, n = pair()
print(m, n, pair(), *pair())
x = 1,
print(x)
print(sorted([(2, "a"), (1, "b"), (1, "a")]), max((1, 5), (1, 6)), sum((1, 2, 3)))
