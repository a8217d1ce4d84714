import copy


class Node:
    def __init__(self, v):
        self.v = v
        self.kids = []


n = Node(1)
n.kids.append(Node(2))
s = copy.copy(n)
d = copy.deepcopy(n)
print(s is n, s.kids is n.kids, d.kids is n.kids, d.kids[0].v, d.kids[0] is n.kids[0], type(d).__name__)
cyc = [1]
cyc.append(cyc)
c2 = copy.deepcopy(cyc)
print(c2[1] is c2, c2 is cyc)
x = {"a": [1, 2], "b": (3, [4])}
y = copy.deepcopy(x)
y["a"].append(9)
y["b"][1].append(5)
print(x, y)
shared = [0]
pair = [shared, shared]
p2 = copy.deepcopy(pair)
print(p2[0] is p2[1], p2[0] is shared)


class Custom:
    def __init__(self, n):
        self.n = n

    def __deepcopy__(self, memo):
        return Custom(self.n + 1)

    def __copy__(self):
        return Custom(self.n + 100)


print(copy.deepcopy(Custom(1)).n, copy.copy(Custom(1)).n, copy.deepcopy([Custom(5)])[0].n)
print(copy.copy([1, 2]), copy.copy({1: 2}), copy.copy((1,)), copy.deepcopy("s"), copy.copy({1, 2}) == {1, 2})
f = lambda: 1
print(copy.deepcopy(f) is f, copy.deepcopy(Node) is Node, copy.deepcopy(None))


class L(list):
    pass


l = L([1, [2]])
l.extra = "e"
l2 = copy.deepcopy(l)
print(l2, type(l2).__name__, l2.extra, l2[1] is l[1])
mods = [Node(i) for i in range(3)]
copies = [copy.deepcopy(m) for m in mods]
print([m.v for m in copies], all(a is not b for a, b in zip(mods, copies)))
