def classify(n, i):
    if n > 3:
        return "large"
    elif i < 0:
        return "negative"
    return "small"


def f(n, i, v, b):
    print(classify(n, i))
    if b:
        print("b is true")
    else:
        print("b is false")
    x = 1 if v > 0 else -1
    print(x * 10, "pos" if v > 0 else "neg")
    total = 0
    for k in range(n):
        total += k
        if k == 2:
            break
    print("total", total)
    k = n
    while k > 0:
        k -= 1
    print("k", k)
    if 0 < n < 3:
        print("between")
    try:
        if i < 0:
            raise ValueError(f"negative {i}")
        print("no error")
    except ValueError as error:
        print("caught", error)
    finally:
        print("finally")
    print(not n, n and i, b and "yes" or "no")
    y = n if b else i
    print("y", y)
    assert n > 0, "n must be positive"
