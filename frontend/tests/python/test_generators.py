def gen(n):
    for i in range(n):
        received = yield i
        if received:
            print("got", received)
    return "done"


g = gen(3)
print(next(g), g.send("x"), next(g))
try:
    next(g)
except StopIteration as stop:
    print("stop", stop.value)
print(list(gen(3)), sum(gen(4)), [x * 2 for x in gen(3)], tuple(gen(2)), max(gen(5)), sorted(gen(3), reverse=True))


def delegating():
    result = yield from gen(2)
    print("result", result)
    yield from [10, 20]
    yield from "ab"


print(list(delegating()))


def infinite():
    n = 0
    while True:
        yield n
        n += 1


for v in infinite():
    if v > 3:
        break
print(v)
squares = (x * x for x in range(5))
print(next(squares), list(squares), list(squares))
print(sum(x for x in range(10) if x % 2), any(x > 3 for x in range(10)), all(x < 3 for x in range(10)))
print(dict((k, v) for k, v in zip("ab", gen(2))), set(gen(3)) == {0, 1, 2}, ",".join(str(x) for x in gen(3)))


def cleanup():
    try:
        yield 1
        yield 2
    finally:
        print("closed")


c = cleanup()
print(next(c))
c.close()
print(list(c))


def catcher():
    while True:
        try:
            value = yield
            print("value", value)
        except ValueError as error:
            print("caught", error)
            yield "handled"


c = catcher()
next(c)
c.send(1)
print(c.throw(ValueError("thrown")))
try:
    c2 = cleanup()
    next(c2)
    c2.throw(KeyError("k"))
except KeyError as error:
    print("propagated", error)


def tree(node):
    if node:
        left, value, right = node
        yield from tree(left)
        yield value
        yield from tree(right)


print(list(tree(((None, 1, None), 2, (None, 3, None)))))


def pipeline(source):
    for x in source:
        if x % 2 == 0:
            yield x * 10


print(list(pipeline(gen(6))))
a, b, *rest = gen(5)
print(a, b, rest, *gen(3))
print(list(zip(gen(3), gen(2))), list(enumerate(gen(2), 5)), list(map(lambda x: x + 1, gen(3))), list(filter(None, gen(3))))


class Tree:
    def __init__(self, *kids):
        self.kids = kids

    def __iter__(self):
        yield self
        for kid in self.kids:
            yield from kid


print(sum(1 for _ in Tree(Tree(), Tree(Tree()))))


def early(n):
    if n:
        return
    yield 1


print(list(early(0)), list(early(1)))
nested = [[y for y in range(x)] for x in range(3)]
flat = [y for row in nested for y in row]
print(nested, flat, [(lambda v: v)(i) for i in range(2)])
g = (print("effect", i) or i for i in range(2))
print("before")
print(list(g))
def two_way():
    total = 0
    while True:
        x = yield total
        if x is None:
            return total
        total += x
t = two_way()
next(t)
print(t.send(5), t.send(6))
try:
    t.send(None)
except StopIteration as stop:
    print(stop.value)
print(next((x for x in range(10) if x > 4), None), next((x for x in []), "none"))
it = iter(gen(2))
print(it is iter(it), 1 in gen(5))
print(x for x in []) if False else None
