import math
from collections import defaultdict, namedtuple
from dataclasses import dataclass

Size = namedtuple("Size", "h w")


@dataclass
class Box:
    n: int
    v: float = 1.0

    def area(self):
        return self.n * self.v


class Counter:
    def __init__(self, start):
        self.value = start

    def __iadd__(self, k):
        self.value += k
        return self

    def __eq__(self, other):
        return self.value == other.value

    def __lt__(self, other):
        return self.value < other.value

    def __bool__(self):
        return self.value > 0

    def __len__(self):
        return 3

    @property
    def double(self):
        return self.value * 2


def gen(n, limit):
    for k in range(limit):
        if k == n:
            return
        yield k * n


def f(n, i, v, b):
    s = Size(n, i)
    print(s.h * s.w, s[0] + 1, s == (n, i), len(s))
    box = Box(n, v)
    print(box.area(), Box(i).area(), box.n == n)
    c = Counter(n)
    c += i
    print(c.value, c.double, bool(c), not c, c == Counter(n + i), c < Counter(100))
    print(list(gen(n, 6)))
    d = defaultdict(list)
    d["k"].append(n)
    d["k"].append(v)
    print(d["k"][0] + 1, len(d["k"]), sum(d["k"]))
    fns = [lambda x: x + n, lambda x: x * v]
    print([fn(2) for fn in fns])

    def nested(k):
        return k + n if b else k - n

    print(nested(10), (lambda q=n: q)())
    match n:
        case 1:
            print("one")
        case 4:
            print("four")
        case _:
            print("other")
    k = 0
    while k < n:
        k += 2
    print(k, k == n)
    out = []
    for j in range(5):
        if j == n:
            continue
        out.append(j)
    print(out, len(out))
    print("even" if n % 2 == 0 else "odd", (n + 1) // 2, math.ceil(n / 2), -(-n // 3))
    h, w = (n, i) if n > abs(i) else (i, n)
    print(h, w)
    kernel = {1: "a", 4: "b"}.get(n, "c")
    print(kernel, n if isinstance(n, int) else None)
    try:
        print(10 // (n - 4))
    except ZeroDivisionError as error:
        print("zero", error)
    try:
        print([1, 2][n])
    except IndexError as error:
        print("index", error)
    if n > 2 and v > 0 or i < -5:
        print("cond")
    print(n & 3, n | 8, n ^ 1, n << 2, n >> 1)
