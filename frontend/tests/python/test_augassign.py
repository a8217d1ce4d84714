class A:
    def __init__(self):
        self.v = 1
        self.l = [1]


a = A()
a.v += 2
a.l += [2]
a.l[0] -= 5
print(a.v, a.l)
d = {"k": 1}
d["k"] *= 10
d["k"] //= 3
print(d)
calls = []


def idx(i):
    calls.append(i)
    return i


xs = [1, 2, 3]
xs[idx(1)] += 10
print(xs, calls)
t = (1,)
u = t
t += (2,)
print(t, u)
s = "a"
s += "b"
s *= 3
print(s)
l1 = [1]
l2 = l1
l1 += [2]
print(l2, l1 is l2)
l1 = l1 + [3]
print(l2, l1 is l2)
x = y = [0]
x.append(1)
print(y)
n = None
n = n or 5
n **= 2
n @= type("M", (), {"__rmatmul__": lambda self, o: o * 100})() 
print(n)
st = {1}
st |= {2}
st -= {1}
print(st)
b = True
b &= False
b |= True
b ^= True
print(b)
i = 7
i >>= 1
i <<= 4
i %= 10
print(i)
m = [[1, 2], [3, 4]]
m[0][1], m[1][0] = m[1][0], m[0][1]
print(m)
(p, q), *r = [(1, 2), 3, 4]
print(p, q, r)
[g, h] = "xy"
print(g, h)
f = 1.5
f += 1
f /= 2
f -= 0.25
print(f)
A.shared = 0
a.shared += 5
print(A.shared, a.shared)
