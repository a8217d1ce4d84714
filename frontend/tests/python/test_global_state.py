counter = 0
names = ["a"]


def bump():
    global counter
    counter += 1
    names.append(str(counter))
    return counter


print(bump(), bump(), counter, names)


class State:
    instances = []

    def __init__(self):
        State.instances.append(self)
        self.id = len(self.instances)

    def __del__(self):
        pass


State(), State()
print([s.id for s in State.instances], len(State.instances))
if True:
    defined_in_if = 1
for loop_var in range(3):
    inside = loop_var
print(defined_in_if, loop_var, inside)
try:
    import nonexistent_thing
    HAS = True
except ImportError:
    HAS = False
print(HAS)


def uses_later():
    return later()


def later():
    return "later"


print(uses_later())
x = 10


def shadow():
    x = 20

    def inner():
        global x
        x += 1
        return x

    return inner(), x


print(shadow(), x)
DEFAULTS = {"a": 1}


def with_default(opts=None, **kw):
    opts = {**DEFAULTS, **(opts or {}), **kw}
    return opts


print(with_default(), with_default({"a": 2}), with_default(b=3), DEFAULTS)
lst = [1, 2, 3]


def mutate(l):
    l.append(4)
    l = [0]
    return l


print(mutate(lst), lst)
a, b = 1, 2
a, b = b, a + b
print(a, b)
print([n for n in dir() if n in ("counter", "bump", "State")])
print("counter" in globals(), globals()["counter"])
del counter
print("counter" in globals())
