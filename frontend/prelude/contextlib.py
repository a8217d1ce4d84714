"""contextlib, as far as models use it."""

from functools import wraps


class ContextDecorator:
    def __call__(self, function):
        @wraps(function)
        def inner(*args, **kwargs):
            with self:
                return function(*args, **kwargs)

        return inner


class AbstractContextManager:
    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        return None


class _GeneratorContext(ContextDecorator):
    def __init__(self, make):
        self._make = make
        self._generator = make()

    def __call__(self, function):
        make = self._make

        @wraps(function)
        def inner(*args, **kwargs):
            with _GeneratorContext(make):
                return function(*args, **kwargs)

        return inner

    def __enter__(self):
        return next(self._generator)

    def __exit__(self, exc_type, exc_value, traceback):
        if exc_type is None:
            for _ in self._generator:
                raise RuntimeError("generator didn't stop")
            return False
        try:
            self._generator.throw(exc_value)
        except StopIteration:
            return True
        except BaseException as error:
            if error is exc_value:
                return False
            raise
        raise RuntimeError("generator didn't stop after throw()")


def contextmanager(function):
    @wraps(function)
    def helper(*args, **kwargs):
        return _GeneratorContext(lambda: function(*args, **kwargs))

    return helper


class nullcontext(ContextDecorator):
    def __init__(self, enter_result=None):
        self.enter_result = enter_result

    def __enter__(self):
        return self.enter_result

    def __exit__(self, *exc):
        return None


class suppress:
    def __init__(self, *exceptions):
        self._exceptions = exceptions

    def __enter__(self):
        return None

    def __exit__(self, exc_type, exc_value, traceback):
        return exc_type is not None and issubclass(exc_type, self._exceptions)


class ExitStack:
    def __init__(self):
        self._exits = []

    def enter_context(self, cm):
        result = cm.__enter__()
        self._exits.append(cm.__exit__)
        return result

    def callback(self, function, /, *args, **kwargs):
        self._exits.append(lambda *exc: function(*args, **kwargs) and False)
        return function

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        while self._exits:
            if self._exits.pop()(*exc):
                exc = (None, None, None)
        return False


class closing:
    def __init__(self, thing):
        self.thing = thing

    def __enter__(self):
        return self.thing

    def __exit__(self, *exc):
        self.thing.close()


class redirect_stdout(nullcontext):
    pass
