class Resource:
    opened = []

    def __init__(self, n):
        self.n = n

    def __enter__(self):
        Resource.opened.append(self.n)
        if self.n == "bad":
            raise OSError("cannot open bad")
        return self

    def __exit__(self, t, v, tb):
        Resource.opened.append("-" + self.n)
        return False


try:
    with Resource("a"), Resource("bad"):
        print("not reached")
except OSError as e:
    print(e, Resource.opened)


def f(n):
    try:
        try:
            if n == 0:
                raise ValueError("v")
            if n == 1:
                raise TypeError("t")
            return "no error"
        except ValueError:
            return "value"
        finally:
            print("inner finally", n)
    except TypeError as e:
        try:
            raise KeyError("from handler") from e
        except KeyError as k:
            return f"{k} caused by {k.__cause__}"
    finally:
        print("outer finally", n)


for n in range(3):
    print(f(n))


def g():
    for i in range(3):
        try:
            if i == 1:
                raise ValueError(i)
        except ValueError as e:
            print("caught", e)
            continue
        else:
            print("else", i)
        finally:
            print("finally", i)
    try:
        return [1, 2][5]
    except IndexError:
        pass
    return "end"


print(g())


class Retry:
    def __init__(self, n):
        self.left = n

    def run(self):
        while True:
            try:
                self.left -= 1
                if self.left > 0:
                    raise ConnectionError("retry") if False else RuntimeError("retry")
                return "ok"
            except RuntimeError as e:
                print(e, self.left)


print(Retry(3).run())
try:
    raise ExceptionGroup("x", [ValueError()]) if False else ValueError("a", "b")
except (TypeError, ValueError) as e:
    print(e.args, str(e), repr(e))
try:
    assert [] , "empty " + "list"
except AssertionError as e:
    print(e)
try:
    assert False
except AssertionError as e:
    print(repr(e))


def gen():
    try:
        yield 1
        yield 2
    except ValueError:
        yield "recovered"
    finally:
        print("gen closed")


it = gen()
print(next(it), it.throw(ValueError), list(it))
errors = []
for exc in (ValueError("1"), KeyError("2"), IndexError("3"), Exception("4")):
    try:
        raise exc
    except LookupError as e:
        errors.append(("lookup", str(e)))
    except ValueError as e:
        errors.append(("value", str(e)))
    except Exception as e:
        errors.append(("other", str(e)))
print(errors)
def deep(n):
    if n == 0:
        raise RuntimeError("bottom")
    deep(n - 1)
try:
    deep(50)
except RuntimeError as e:
    print(e)
class Chained(Exception): pass
try:
    try:
        {}["k"]
    except KeyError as e:
        raise Chained("outer") from e
except Chained as c:
    print(type(c.__cause__).__name__, c.__suppress_context__, isinstance(c.__context__, KeyError))
