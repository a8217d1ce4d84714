"""Logging by name."""


class _Logger:
    def __init__(self, name):
        self.name = name

    def _nothing(self, *args, **kwargs):
        pass

    debug = info = warning = warn = error = critical = warning_once = warning_advice = _nothing


def get_logger(name=None):
    return _Logger(name)


def set_verbosity(*args):
    pass


set_verbosity_error = set_verbosity_warning = set_verbosity_info = set_verbosity
