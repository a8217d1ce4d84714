print([x for x in range(5)], [x * y for x in range(3) for y in range(3) if x != y])
print({x: x ** 2 for x in range(3)}, sorted({x % 2 for x in range(5)}), list(x for x in "ab"))
print([[i * j for j in range(3)] for i in range(3)], [i for i in range(20) if i % 2 if i % 3])
x = "outer"
print([x for x in range(3)], x)


class C:
    vals = [1, 2, 3]
    doubled = [v * 2 for v in vals]


print(C.doubled)


def f():
    k = 10
    return [k + i for i in range(3)], {k: i for i in range(2)}, [lambda: k for _ in range(1)][0]()


print(f())
matrix = [[1, 2], [3, 4]]
print([[row[i] for row in matrix] for i in range(2)], list(zip(*matrix)), [*map(sum, matrix)])
print([a + b for a, b in [(1, 2), (3, 4)]], [a for a, *b in [(1, 2, 3)]])
print({k: v for k, v in sorted({"b": 1, "a": 2}.items())}, {v: k for k, v in {"x": 1}.items()})
print([y := 1, y ** 2], [last := i for i in range(3)], last)
print([i if i % 2 else -i for i in range(4)], [(i, j) for i in range(3) for j in range(i)])
print(sum([len(w) for w in "the quick brown".split()]), "".join([c.upper() for c in "abc" if c != "b"]))
fs = [lambda n=n: n for n in range(3)]
print([g() for g in fs])
print([*[1], *(2,), *{3: 0}], {**{"a": 1}, "b": 2}, (*range(2), 5), {*[1, 2]} == {1, 2})
gen = ((a, b) for a in range(2) for b in "xy")
print(list(gen))
