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


class _Empty:
    pass


class Parameter:
    empty = _Empty
    POSITIONAL_ONLY = 0
    POSITIONAL_OR_KEYWORD = 1
    VAR_POSITIONAL = 2
    KEYWORD_ONLY = 3
    VAR_KEYWORD = 4

    def __init__(self, name, kind=1, default=_Empty, annotation=_Empty):
        self.name = name
        self.kind = kind
        self.default = default
        self.annotation = annotation


class Signature:
    empty = _Empty

    def __init__(self, parameters=()):
        self.parameters = {p.name: p for p in parameters}


def signature(obj):
    bound = isinstance(obj, MethodType)
    if isinstance(obj, type):
        obj = obj.__init__
        bound = True
    elif not isinstance(obj, (FunctionType, MethodType)):
        obj = type(obj).__call__
        bound = True
    function = obj.__func__ if isinstance(obj, MethodType) else obj
    code = function.__code__
    names = list(code.co_varnames)
    count = code.co_argcount
    defaults = list(function.__defaults__ or ())
    keyword_defaults = function.__kwdefaults__ or {}
    found = []
    for i in range(count):
        at = i - (count - len(defaults))
        found.append(Parameter(names[i], 1, defaults[at] if at >= 0 else _Empty))
    named = count + code.co_kwonlyargcount
    extra = names[named:]
    if code.co_flags & 4:
        found.append(Parameter(extra.pop(0), 2))
    for name in names[count:named]:
        found.append(Parameter(name, 3, keyword_defaults.get(name, _Empty)))
    if code.co_flags & 8:
        found.append(Parameter(extra.pop(0), 4))
    return Signature(found[1:] if bound else found)


def getfullargspec(obj):
    raise NotImplementedError("inspect.getfullargspec is not supported; use inspect.signature")
