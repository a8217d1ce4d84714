a = {3, 1, 2}
b = {2, 3, 4}
print(sorted(a | b), sorted(a & b), sorted(a - b), sorted(a ^ b))
print(a <= {1, 2, 3}, a < {1, 2, 3}, a >= {1}, a.issubset(b), a.isdisjoint({9}), {1}.issuperset(set()))
a.add(5)
a.discard(1)
a.discard(100)
a.remove(2)
print(sorted(a), len(a), 5 in a, 1 in a)
a.update([7, 8], {9})
print(sorted(a))
a |= {10}
a -= {3}
a &= {5, 7, 10}
print(sorted(a))
a ^= {5, 6}
print(sorted(a))
print(set(), set([1, 1, 2]) == {1, 2}, frozenset([1, 2]) == {1, 2}, frozenset({1}))
print(sorted({x % 3 for x in range(10)}), {1, 2} == {2, 1}, {1} != {2})
print({frozenset([1]): "f"}[frozenset([1])], sorted(set("hello")))
print(sorted({1, 2}.union([3], (4,))), sorted({1, 2, 3}.intersection([2, 3, 4])), sorted({1, 2}.difference([1])), sorted({1, 2}.symmetric_difference({2, 3})))
c = {1, 2, 3}
d = c.copy()
d.clear()
print(c == {1, 2, 3}, d, bool(d))
try:
    c.remove(99)
except KeyError as error:
    print("KeyError", error)
try:
    {[1]}
except TypeError as error:
    print(error)
print({1}, {"a"}, frozenset(), {(1, 2)})
print({True, 1, 1.0}, len({"a", "b", "a"}))
s = set()
for w in ["x", "y", "x"]:
    if w in s:
        print("seen", w)
    s.add(w)
