def primes(n):
    sieve = [True] * (n + 1)
    sieve[0:2] = [False, False]
    for i in range(2, int(n ** 0.5) + 1):
        if sieve[i]:
            sieve[i * i::i] = [False] * len(sieve[i * i::i])
    return [i for i, p in enumerate(sieve) if p]


print(primes(50))


def quicksort(xs):
    if len(xs) <= 1:
        return xs
    pivot, *rest = xs
    return quicksort([x for x in rest if x < pivot]) + [pivot] + quicksort([x for x in rest if x >= pivot])


print(quicksort([3, 6, 1, 8, 2, 9, 2]))


def lev(a, b):
    prev = list(range(len(b) + 1))
    for i, ca in enumerate(a, 1):
        cur = [i]
        for j, cb in enumerate(b, 1):
            cur.append(min(prev[j] + 1, cur[j - 1] + 1, prev[j - 1] + (ca != cb)))
        prev = cur
    return prev[-1]


print(lev("kitten", "sitting"))


def bfs(graph, start):
    seen, queue, order = {start}, [start], []
    while queue:
        node = queue.pop(0)
        order.append(node)
        for nxt in graph.get(node, ()):
            if nxt not in seen:
                seen.add(nxt)
                queue.append(nxt)
    return order


print(bfs({"a": ["b", "c"], "b": ["d"], "c": ["d"]}, "a"))


def matmul(a, b):
    return [[sum(x * y for x, y in zip(row, col)) for col in zip(*b)] for row in a]


print(matmul([[1, 2], [3, 4]], [[5, 6], [7, 8]]))


def hanoi(n, a="A", b="B", c="C"):
    return 0 if n == 0 else hanoi(n - 1, a, c, b) + 1 + hanoi(n - 1, c, b, a)


print(hanoi(8))


def words(text):
    counts = {}
    for w in text.lower().split():
        counts[w] = counts.get(w, 0) + 1
    return sorted(counts.items(), key=lambda kv: (-kv[1], kv[0]))


print(words("the cat and the dog and the bird"))


def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


print([collatz(i) for i in (1, 7, 27)])


def perms(xs):
    if not xs:
        yield []
    for i, x in enumerate(xs):
        for rest in perms(xs[:i] + xs[i + 1:]):
            yield [x] + rest


print(len(list(perms([1, 2, 3, 4]))), list(perms("ab")))


class LinkedList:
    class Node:
        def __init__(self, v, nxt=None):
            self.v, self.nxt = v, nxt

    def __init__(self, items=()):
        self.head = None
        for x in reversed(list(items)):
            self.head = self.Node(x, self.head)

    def __iter__(self):
        node = self.head
        while node is not None:
            yield node.v
            node = node.nxt


print(list(LinkedList("abc")), sum(LinkedList(range(5))))
table = [[0] * 5 for _ in range(5)]
for i in range(5):
    for j in range(5):
        table[i][j] = 1 if i == 0 or j == 0 else table[i - 1][j] + table[i][j - 1]
print(table[4])
print("".join(chr((ord(c) - 97 + 13) % 26 + 97) for c in "hello"))
print(int("".join(reversed(str(12345)))), sum(map(int, str(98765))), [a for a in range(1, 30) for b in range(a, 30) if (a * a + b * b) ** 0.5 == int((a * a + b * b) ** 0.5)])
