log = []


class Countdown:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        log.append("iter")
        return CountIter(self.n)


class CountIter:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n <= 0:
            raise StopIteration("finished")
        self.n -= 1
        return self.n + 1


c = Countdown(3)
print(list(c), list(c), [x for x in c], sorted(c), max(c), 2 in c, 9 in c, tuple(c), set(c) == {1, 2, 3}, log.count("iter"))
a, b, d = c
print(a, b, d, *c)
it = iter(c)
print(next(it), list(it), next(it, "none"))
try:
    next(it)
except StopIteration as stop:
    print("stop", stop.value, stop.args)
print(list(zip(c, c)), list(enumerate(c)), dict(enumerate(c)), list(map(str, c)), sum(c), ",".join(map(str, c)))
for x in c:
    if x == 2:
        break
print(x)
gen = (y for y in c)
print(next(gen), list(gen))
d1 = {"a": 1, "b": 2}
keys = iter(d1)
print(next(keys), list(keys))
try:
    for k in d1:
        d1[k + "x"] = 1
except RuntimeError as error:
    print(error)
xs = [1, 2, 3]
for x in xs:
    if x == 1:
        xs.append(4)
print(xs)
r = reversed([1, 2, 3])
print(next(r), list(r))
e = enumerate("ab")
print(next(e), e.__next__())
z = zip([1, 2], "ab")
print(next(z), list(z), list(z))
m = map(lambda v: v * 2, [1, 2, 3])
print(next(m), list(m))
f = filter(lambda v: v % 2, range(5))
print(list(f), iter(f) is f)
s = iter("xy")
print(list(s))
nested = [[1, 2], [3], []]
print([v for row in nested for v in row], sum(nested, []), list(map(len, nested)), any(nested), all(nested))
print(list(iter(range(3))), min(iter([3, 1])), list(reversed(range(3))), list(reversed("ab")), list(reversed({"k": 1})))
def fib():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b
print([x for _, x in zip(range(10), fib())])
first = next(x for x in fib() if x > 50)
print(first)
