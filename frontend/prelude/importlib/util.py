"""importlib.util: whether a module could be imported."""

import _sys


def find_spec(name, package=None):
    try:
        return _sys.load(name)
    except ImportError:
        return None
