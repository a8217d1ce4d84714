class Manager:
    def __init__(self, name, suppress=False):
        self.name = name
        self.suppress = suppress

    def __enter__(self):
        print("enter", self.name)
        return self.name.upper()

    def __exit__(self, exc_type, exc, tb):
        print("exit", self.name, exc_type.__name__ if exc_type else None, exc)
        return self.suppress


with Manager("a") as a:
    print("body", a)
with Manager("b"), Manager("c") as c:
    print("both", c)
with Manager("s", True):
    raise ValueError("hidden")
try:
    with Manager("p"):
        raise KeyError("seen")
except KeyError as error:
    print("caught", error)


def returns():
    with Manager("r"):
        return "value"


print(returns())
for i in range(2):
    with Manager(f"l{i}"):
        if i == 0:
            continue
        break
with (Manager("x") as x, Manager("y") as y):
    print(x, y)
from contextlib import contextmanager, nullcontext, suppress, ExitStack


@contextmanager
def tag(name):
    print("<", name)
    try:
        yield name * 2
    except ValueError as error:
        print("inside", error)
    finally:
        print(">", name)


with tag("t") as t:
    print(t)
with tag("e"):
    raise ValueError("err")


@contextmanager
def plain():
    yield


try:
    with plain():
        raise KeyError("through")
except KeyError as error:
    print("through", error)
with nullcontext(5) as five:
    print(five)
with suppress(ZeroDivisionError):
    1 / 0
print("after")
with ExitStack() as stack:
    stack.enter_context(Manager("s1"))
    stack.enter_context(Manager("s2"))
    print("stacked")


@tag("deco")
def decorated():
    print("in deco")


decorated()
try:
    with 5:
        pass
except TypeError as error:
    print("TypeError")
