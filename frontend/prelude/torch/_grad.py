"""Gradient modes and automatic casting, as context managers and decorators that change nothing: there are no gradients,
and every tensor has the type that the source gives it."""

import functools


class _Mode:
    def __init__(self, *args, **kwargs):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return False

    def __call__(self, function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)

        return wrapper

    def clone(self):
        return self


class _Decorator(_Mode):
    """A mode that may decorate without parentheses: `@torch.no_grad`."""

    def __new__(cls, *args, **kwargs):
        if args and callable(args[0]):
            return args[0]
        return object.__new__(cls)


class no_grad(_Decorator):
    pass


class enable_grad(_Decorator):
    pass


class inference_mode(_Decorator):
    pass


class set_grad_enabled(_Mode):
    pass


class autocast(_Mode):
    pass


def is_grad_enabled():
    return False


def is_inference_mode_enabled():
    return True


def is_autocast_enabled(*args):
    return False
