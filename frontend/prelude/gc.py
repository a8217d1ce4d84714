"""Nothing is collected while a model is compiled."""


def collect(*args):
    return 0


def disable():
    pass


def enable():
    pass
