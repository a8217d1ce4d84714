"""Seeded, reproducible draws for constructors: a counter through MurmurHash3's finaliser.

Not Python's sequence: a model whose structure depends on Python's own random numbers cannot be reproduced and should
take them as arguments.
"""

_state = [0]
_MASK32 = 0xFFFFFFFF


def seed(a=None, version=2):
    _state[0] = a if isinstance(a, int) else 0


def _next32():
    # Two 16-bit halves keep every product inside 64 bits.
    s = (_state[0] + 0x9E3779B9) & _MASK32
    _state[0] = s
    for multiplier, shift in ((0x85EBCA6B, 16), (0xC2B2AE35, 13)):
        s ^= s >> shift
        s = ((s & 0xFFFF) * multiplier + ((((s >> 16) * (multiplier & 0xFFFF)) & 0xFFFF) << 16)) & _MASK32
    return s ^ (s >> 16)


def random():
    return _next32() / 4294967296.0


def uniform(a, b):
    return a + (b - a) * random()


def randrange(start, stop=None, step=1):
    if stop is None:
        start, stop = 0, start
    return start + step * int(random() * ((stop - start + step - 1) // step))


def randint(a, b):
    return randrange(a, b + 1)


def choice(seq):
    return seq[randrange(len(seq))]


def shuffle(x):
    for i in range(len(x) - 1, 0, -1):
        j = randrange(i + 1)
        x[i], x[j] = x[j], x[i]


def sample(population, k):
    pool = list(population)
    shuffle(pool)
    return pool[:k]


def gauss(mu=0.0, sigma=1.0):
    import math

    return mu + sigma * math.sqrt(-2.0 * math.log(1.0 - random())) * math.cos(2.0 * math.pi * random())


normalvariate = gauss
