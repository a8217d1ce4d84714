def check(dim):
    assert dim % 2 == 0, "dim must be even"


check(3)
