"""Tracebacks go nowhere."""


def print_exc(*args, **kwargs):
    pass


def format_exc(*args, **kwargs):
    return ""
