"""Logging goes nowhere."""

CRITICAL = FATAL = 50
ERROR = 40
WARNING = WARN = 30
INFO = 20
DEBUG = 10
NOTSET = 0


class Handler:
    def __init__(self, *args, **kwargs):
        pass

    def setLevel(self, level):
        pass

    def setFormatter(self, formatter):
        pass


class StreamHandler(Handler):
    pass


class FileHandler(Handler):
    pass


class NullHandler(Handler):
    pass


class Formatter:
    def __init__(self, *args, **kwargs):
        pass


class Logger:
    def __init__(self, name="root"):
        self.name = name
        self.handlers = []
        self.propagate = True

    def _ignore(self, *args, **kwargs):
        pass

    debug = info = warning = warn = error = exception = critical = fatal = log = _ignore
    setLevel = addHandler = removeHandler = addFilter = _ignore

    def warning_once(self, *args, **kwargs):
        pass

    def info_once(self, *args, **kwargs):
        pass

    def isEnabledFor(self, level):
        return False

    def getEffectiveLevel(self):
        return WARNING


_root = Logger()


def getLogger(name=None):
    return _root if name is None else Logger(name)


def _ignore(*args, **kwargs):
    pass


debug = info = warning = warn = error = exception = critical = fatal = log = _ignore
basicConfig = disable = captureWarnings = _ignore
