"""inspect, as far as models use it."""

from types import FunctionType, GeneratorType, MethodType, ModuleType


def isfunction(obj):
    return isinstance(obj, FunctionType)


def ismethod(obj):
    return isinstance(obj, MethodType)


def isclass(obj):
    return isinstance(obj, type)


def ismodule(obj):
    return isinstance(obj, ModuleType)


def isgenerator(obj):
    return isinstance(obj, GeneratorType)


def isroutine(obj):
    return isfunction(obj) or ismethod(obj) or type(obj) is type(len)


def getdoc(obj):
    return getattr(obj, "__doc__", None)


class Parameter:
    empty = object
    POSITIONAL_ONLY = 0
    POSITIONAL_OR_KEYWORD = 1
    VAR_POSITIONAL = 2
    KEYWORD_ONLY = 3
    VAR_KEYWORD = 4

    def __init__(self, name, kind=1, default=object):
        self.name = name
        self.kind = kind
        self.default = default


class Signature:
    def __init__(self, parameters):
        self.parameters = {p.name: p for p in parameters}


def signature(obj):
    if isinstance(obj, type):
        obj = obj.__init__
    code = obj.__code__
    names = list(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
    if isinstance(obj, MethodType) and names:
        names = names[1:]
    return Signature([Parameter(n) for n in names])


def getfullargspec(obj):
    raise NotImplementedError("inspect.getfullargspec is not supported; use inspect.signature")
