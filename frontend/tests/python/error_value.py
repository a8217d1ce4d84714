def inner(n):
    if n < 0:
        raise ValueError(f"n must not be negative, got {n}")
    return n


def outer():
    return inner(-3)


outer()
