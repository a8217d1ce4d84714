"""Weak references are strong ones: nothing is collected while a model is compiled."""


def ref(obj, callback=None):
    return lambda: obj


def proxy(obj, callback=None):
    return obj


class WeakKeyDictionary(dict):
    pass


class WeakValueDictionary(dict):
    pass


class WeakSet(set):
    pass
