xs = list(range(10))
print(xs[2:8:2], xs[::-1], xs[8:2:-2], xs[-3:], xs[:-3], xs[5:5], xs[100:], xs[-100:3], xs[::3])
ys = xs[:]
ys[2:5] = ["a"]
print(ys)
ys[1:1] = [7, 7]
print(ys)
ys[:2] = []
print(ys)
ys[::2] = [0] * len(ys[::2])
print(ys)
del ys[1::2]
print(ys)
del ys[:]
print(ys)


class S:
    def __getitem__(self, k):
        return k

    def __setitem__(self, k, v):
        print("set", k, v)


s = S()
print(s[1], s[1:2], s[::2], s[1, 2], s[1:2, ::3], s[...], s[..., None], s[:, 0], s[()])
s[1:2, ...] = 5
s[0] = 1
print("hello"[1:4], "hello"[::-1], (1, 2, 3)[:2], b"hello"[1:3], range(10)[2:8:3], range(10)[::-1])
sl = slice(1, 5, 2)
print(xs[sl], sl.start, sl.stop, sl.step, sl.indices(4), slice(None, -2).indices(10), sl == slice(1, 5, 2))
try:
    xs[::0]
except ValueError as e:
    print(e)
try:
    xs["a":]
except TypeError as e:
    print(e)
try:
    ys[::2] = [1, 2, 3]
except ValueError as e:
    print(e)
zs = [0, 1, 2, 3]
zs[1:3] = zs
print(zs)
i = True
print([10, 20][i], [10, 20][False], (1, 2, 3)[-1:], ""[0:1], [][:5])
