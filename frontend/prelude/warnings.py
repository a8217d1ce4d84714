"""Warnings are not shown: they concern the training program, not the compiled one."""


def warn(*args, **kwargs):
    pass


def warn_explicit(*args, **kwargs):
    pass


def simplefilter(*args, **kwargs):
    pass


def filterwarnings(*args, **kwargs):
    pass


def resetwarnings():
    pass


class catch_warnings:
    def __init__(self, *, record=False, **kwargs):
        self._record = record

    def __enter__(self):
        return [] if self._record else None

    def __exit__(self, *exc):
        return None
