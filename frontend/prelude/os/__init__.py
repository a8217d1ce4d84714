"""os: pure functions on paths; there is no environment and no file system for a model to look at."""

from . import path

sep = "/"
linesep = "\n"
name = "posix"
environ = {}


def getenv(key, default=None):
    return environ.get(key, default)


def getcwd():
    return "."


def cpu_count():
    return 1


def getpid():
    return 1


def makedirs(*args, **kwargs):
    raise OSError("a model being compiled cannot make folders")


def listdir(*args):
    raise OSError("a model being compiled cannot list folders")


def fspath(path):
    return str(path)


class PathLike:
    pass
