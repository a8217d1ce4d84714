"""TorchScript annotations, which mean nothing here: scripted functions are the functions."""

from torch.nn.modules.module import Module


def script(obj=None, *args, **kwargs):
    return obj


def script_method(function):
    return function


def export(function):
    return function


def ignore(function=None, drop=False):
    return function if callable(function) else (lambda f: f)


def unused(function):
    return function


_overload = _overload_method = unused


def script_if_tracing(function):
    return function


def interface(cls):
    return cls


def trace(function, *args, **kwargs):
    return function


def is_scripting():
    return False


def is_tracing():
    return False


def annotate(type, value):
    return value


def isinstance(obj, target):
    import builtins

    return builtins.isinstance(obj, target)


def load(*args, **kwargs):
    raise NotImplementedError("torch.jit.load is not supported: Braid compiles Python source")


save = load


def fork(function, *args, **kwargs):
    return function(*args, **kwargs)


def wait(value):
    return value


class ScriptModule(Module):
    """A module whose methods are scripted, which run as they stand."""


class Final:
    def __class_getitem__(cls, item):
        return item


class Attribute:
    def __new__(cls, value, type):
        return value


