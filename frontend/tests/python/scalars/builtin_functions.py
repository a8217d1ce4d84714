import math


def f(n, i, v, b):
    print(abs(i), abs(v), max(n, i), min(n, i), max(n, 2, i), min(v, 1.0), max(v, 0.0, 1.5), max(v, n))
    print(int(v), float(n), float(i), int(b), float(b), bool(n), bool(v), bool(i), bool(b))
    print(round(v), round(n), sum([n, i, 1]), sum([v, 1.5]), sum((n, v)), sum([b, b]))
    print(math.sqrt(v * v), math.floor(v), math.ceil(v), math.exp(v - v), math.floor(n), math.trunc(v))
    print(isinstance(n, int), isinstance(v, float), isinstance(b, bool), isinstance(b, int), isinstance(v, int), type(n) is int, type(v).__name__)
    print(any([n > 3, i > 3]), all([n > 0, b]), any([b, False]), all([]), any(k == n for k in range(6)))
    print(len(range(n)), len(range(1, n)), len(range(0, n, 2)), list(range(3))[-1], n in (1, 4), n in [2, 3])
    print(pow(n, 2), divmod(n, 3), hash(3), abs(n - i), min([n, i, 7]), max((v, -v)))
    print(str(n), repr(i), f"{n} {v} {b}", "n=" + str(n), "%d items" % n, "{}".format(i))
