for i in range(3):
    for j in range(3):
        if j == 1:
            continue
        if i == 2:
            break
        print(i, j)
else:
    print("else ran")
for i in range(3):
    if i == 1:
        break
else:
    print("never")
n = 5
while n > 0:
    n -= 1
    if n == 3:
        continue
    if n == 1:
        break
else:
    print("never")
print(n)
while n < 3:
    n += 1
else:
    print("while else", n)
x = 5
print("big" if x > 3 else "small", "a" if x < 0 else "b" if x == 5 else "c")
if x < 3:
    print("lt")
elif x < 6:
    print("mid")
else:
    print("gt")
if (y := x * 2) > 5:
    print(y)
print([z for v in range(5) if (z := v * v) % 2 == 0], z)
while (n := n - 1) > 0:
    print("walrus", n)
assert True
assert x == 5, "message"
del x
try:
    x
except NameError as error:
    print(error)
pass
a = b = c = 7
print(a, b, c)
d, e = f, g = 1, 2
print(d, e, f, g)
lst = [0, 0]
i = 0
i, lst[i] = 1, 9
print(i, lst)
for lst[0] in range(3):
    pass
print(lst)
for k, (l, *m) in {"a": (1, 2, 3)}.items():
    print(k, l, m)
print(1 if [] else 2, [] or "default", "" or 0 or None, 1 and "x" and [])


def f(n):
    while True:
        for i in range(n):
            if i == 3:
                return "found"
        return "not"


print(f(2), f(5))
print(all(i for i in [1, 2]), not not 5, None is None, 3 is not None)
total = 0
for i in range(10, 0, -3):
    total += i
print(total, i)
for _ in []:
    pass
for ch in "ab":
    for num in (1, 2):
        print(ch * num, end=",")
print()
r = range(10)
print(r[2:5], r[-1], 5 in r, 10 in r, r.index(3), list(r[::3]), len(r), r == range(0, 10), bool(range(0)))
print(*range(3), sep="-", end="!\n")
print()
print("a", "b", sep="")
print(1, 2.0, "x", None, [1], sep=", ")
