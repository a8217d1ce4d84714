a = [3, 1, 2]
a.append(4)
a.extend([5, 6])
a.insert(0, 0)
a.insert(-1, 9)
print(a, len(a))
print(a.pop(), a.pop(0), a.pop(2), a)
a.remove(9)
print(a, a.index(3), a.count(3), 3 in a, 7 not in a)
a.sort()
print(a)
a.sort(reverse=True)
print(a)
a.sort(key=lambda v: -v)
print(a)
a.reverse()
print(a, a[::-1], a[1:], a[:-1], a[1:3], a[::2])
b = a[:]
b[0] = 100
print(a[0], b[0], a == b, a is b, a + b, a * 2, [0] * 3)
b[1:3] = [7, 8, 9]
print(b)
b[::2] = [0] * len(b[::2])
print(b)
del b[0]
del b[1:3]
print(b)
b.clear()
print(b, bool(b), not b)
c = [[1, 2], [3, [4, 5]]]
d = c.copy()
d[0].append(99)
print(c, d is c, d[0] is c[0])
print([1, 2] < [1, 3], [1] < [1, 0], [2] > [1, 5], [1, "a"] == [1, "a"])
x, *rest = [1, 2, 3]
*init, last = "abc"
first, *mid, end = range(5)
print(x, rest, init, last, first, mid, end)
(p, q), r = [1, 2], 3
print(p, q, r)
p, q = q, p
print(p, q)
print([*a, *"xy", 5], [*range(3)])
print(list(range(5)), list(range(2, 10, 3)), list(range(5, 0, -2)), range(3), range(0, 10, 2)[2], len(range(0, 10, 3)))
print(sorted([3, 1, 2]), sorted("bca", reverse=True), sorted([(1, "b"), (0, "z")]), sorted(["bb", "a", "ccc"], key=len))
print(list(reversed([1, 2, 3])), list(enumerate("ab")), list(enumerate("ab", 1)), list(zip([1, 2], "ab", (True, False))))
print(sum([[1], [2]], []), any([0, 1]), all([1, 0]), any([]), all([]))
print(min([4, 2, 8], key=lambda v: abs(v - 5)), max(["a", "bbb"], key=len), max([], default=-1))
e = [1, 2, 3]
e += [4]
e *= 2
print(e)
e[2] += 10
print(e)
nested = [[0] * 2 for _ in range(2)]
nested[0][1] = 5
print(nested)
f = [1, 2]
f.append(f)
print(f, len(f))
print([i for i in [1, 2, 3] if i != 2], [[j for j in range(i)] for i in range(3)], [(i, j) for i in range(2) for j in range(2) if i != j])
print([1, 2, 3].index(3, 1), [5, 6] in [[5, 6]], [] == [], [1.0] == [1])
g = list("hello")
g[1:1] = ["X", "Y"]
print(g, g[-3:], g[10:], g[-100:2])
it = iter([1, 2])
print(next(it), next(it), next(it, "end"))
