def risky(n):
    if n == 0:
        raise ValueError("zero")
    if n == 1:
        raise KeyError("k")
    if n == 2:
        return [][1]
    if n == 3:
        return 1 / 0
    if n == 4:
        return "a" + 1
    if n == 5:
        return {}["q"]
    if n == 6:
        return None.attr
    if n == 7:
        return undefined_name
    if n == 8:
        return int("x")
    if n == 9:
        assert n < 5, "assert message"
    if n == 10:
        a, b = [1]
    if n == 11:
        a, b = [1, 2, 3]
    if n == 12:
        raise NotImplementedError
    if n == 13:
        return [1](2)
    if n == 14:
        return 5[0]
    if n == 15:
        for x in 5:
            pass
    if n == 16:
        return len(5)
    if n == 17:
        return "abc"["x"]
    if n == 18:
        return [1, 2]["x"]
    if n == 19:
        return 1 < "a"
    if n == 20:
        del local
        local = 1
    if n == 21:
        return -"a"
    if n == 22:
        raise StopIteration(5)
    if n == 23:
        raise Exception("a", 1)
    if n == 24:
        return float("abc")
    if n == 25:
        return [].pop()
    if n == 26:
        return (1).real.foo
    if n == 27:
        return 5 % 0
    if n == 28:
        return 5.0 // 0
    if n == 29:
        return [1, 2].index(7)
    if n == 30:
        return "abc".index("z")
    if n == 31:
        raise
    if n == 32:
        return chr(-1)
    if n == 33:
        return "%d" % "x"
    if n == 34:
        return [3, "a"].sort()
    if n == 35:
        return iter(5)
    if n == 36:
        return next(iter([]))
    if n == 37:
        return {[]: 1}
    if n == 38:
        return range(1, 2, 0)
    return "ok"


for n in range(40):
    try:
        print(n, risky(n))
    except Exception as error:
        print(n, type(error).__name__, "|", error, "|", error.args if n != 33 else "")


def flow(n):
    log = []
    try:
        log.append("try")
        if n == 1:
            raise ValueError("v")
        if n == 2:
            raise KeyError("k")
        if n == 3:
            return log + ["ret"]
    except ValueError as e:
        log.append(f"except {e}")
    except (KeyError, IndexError):
        log.append("except key")
    else:
        log.append("else")
    finally:
        log.append("finally")
    log.append("after")
    return log


for n in range(4):
    print(flow(n))


class MyError(Exception):
    def __init__(self, code, message="default"):
        super().__init__(message)
        self.code = code


class SubError(MyError):
    pass


try:
    raise SubError(5, "sub")
except MyError as error:
    print(error.code, error, repr(error), isinstance(error, Exception))
try:
    try:
        1 / 0
    except ZeroDivisionError as error:
        raise RuntimeError("wrapped") from error
except RuntimeError as error:
    print(error, type(error.__cause__).__name__, error.__context__ is error.__cause__)
try:
    try:
        raise ValueError("a")
    finally:
        print("cleanup")
except ValueError as error:
    print("caught", error)
try:
    try:
        raise ValueError("inner")
    except ValueError:
        raise
except ValueError as error:
    print("reraised", error)
try:
    try:
        raise ValueError("first")
    except ValueError:
        raise KeyError("second")
except KeyError as error:
    print(error, repr(error.__context__))


def finally_return():
    try:
        return "try"
    finally:
        print("fin")


def finally_override():
    try:
        raise ValueError
    finally:
        return "override"


def loop_finally():
    for i in range(3):
        try:
            if i == 1:
                continue
            if i == 2:
                break
            print("body", i)
        finally:
            print("fin", i)
    return "done"


print(finally_return(), finally_override(), loop_finally())
e = 5
try:
    raise ValueError
except ValueError as e:
    pass
try:
    e
except NameError as error:
    print(error)
try:
    raise ValueError
except ValueError as error:
    print(repr(error), str(error) == "")
for exc in (KeyError, IndexError):
    print(issubclass(exc, LookupError), exc.__name__, exc.__mro__[1].__name__)
try:
    raise SystemExit(3)
except BaseException as error:
    print(type(error).__name__, error.code)
try:
    raise 5
except TypeError as error:
    print(error)
try:
    raise Exception from None
except Exception as error:
    print(error.__suppress_context__, error.__cause__)


def nested():
    try:
        try:
            raise IndexError("deep")
        except KeyError:
            print("no")
    except LookupError as error:
        return str(error)


print(nested())
error = ValueError("x")
error.extra = 1
error.add_note("note")
print(error.extra, error.__notes__, error.with_traceback(None) is error)


def recurse(n):
    return recurse(n + 1)


try:
    recurse(0)
except RecursionError as error:
    print("RecursionError")
