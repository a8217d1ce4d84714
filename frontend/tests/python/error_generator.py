def gen():
    yield 1
    raise RuntimeError("in generator")


list(gen())
