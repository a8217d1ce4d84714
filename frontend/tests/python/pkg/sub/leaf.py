__all__ = ["LEAF", "star"]
LEAF = "leaf"
_hidden = 1


def star():
    return "star"


def not_exported():
    pass
