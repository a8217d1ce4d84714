def f(n, i, v, b):
    table = [10, 20, 30, 40, 50]
    print(table[n], table[-n], table[n - 1])
    d = {1: "one", 4: "four"}
    print(d[n], d.get(n, "none"), n in d)
    t = (n, v, b)
    a, *rest = t
    print(a, len(rest), rest[0])
    lst = [n]
    lst.append(i)
    lst.extend([v, v])
    print(len(lst), lst[1], lst)
    print({"n": n, "i": i}["i"], [k * n for k in range(3)], sum(k * n for k in range(3)))
    print("abcdef"[n], table[:n], table[n:], len(table[:n]))
    print([n, i].index(n), (n,) + (i,), [n] * 2, n == n, [n] == [n])
    swap = [n, i]
    swap[0], swap[1] = swap[1], swap[0]
    print(swap)
    print(list(zip([n, i], "ab")), list(enumerate([n, i])), dict(a=n), sorted([3, 1, 2])[0] + n)


