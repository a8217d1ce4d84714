"""sys, as far as models use it."""

import _sys


class _VersionInfo(tuple):
    major = property(lambda self: self[0])
    minor = property(lambda self: self[1])
    micro = property(lambda self: self[2])
    releaselevel = property(lambda self: self[3])
    serial = property(lambda self: self[4])


class _FloatInfo:
    max = 1.7976931348623157e308
    min = 2.2250738585072014e-308
    epsilon = 2.220446049250313e-16
    dig = 15
    mant_dig = 53


class _Modules:
    """The imported modules by name."""

    def __getitem__(self, name):
        module = _sys.module(name)
        if module is None:
            raise KeyError(name)
        return module

    def get(self, name, default=None):
        module = _sys.module(name)
        return default if module is None else module

    def __contains__(self, name):
        return _sys.module(name) is not None

    def __iter__(self):
        return iter(_sys.modules())

    def __len__(self):
        return len(_sys.modules())

    def keys(self):
        return _sys.modules()

    def items(self):
        return [(name, _sys.module(name)) for name in _sys.modules()]


class _Stream:
    def write(self, text):
        print(text, end="")
        return len(text)

    def flush(self):
        pass

    def isatty(self):
        return False


version_info = _VersionInfo((3, 11, 0, "final", 0))
version = "3.11.0"
hexversion = 0x030B00F0
maxsize = 9223372036854775807
maxunicode = 1114111
float_info = _FloatInfo()
modules = _Modules()
argv = [""]
path = []
platform = "linux"
byteorder = "little"
executable = ""
prefix = ""
flags = None
stdout = _Stream()
stderr = _Stream()


def exit(code=None):
    raise SystemExit(code)


def getrecursionlimit():
    return 1000


def setrecursionlimit(limit):
    pass


def exc_info():
    error = _sys.handled()
    if error is None:
        return (None, None, None)
    return (type(error), error, None)


def intern(text):
    return text


def getdefaultencoding():
    return "utf-8"


def getrefcount(obj):
    return 2
