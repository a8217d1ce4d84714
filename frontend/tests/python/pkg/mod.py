from . import CONST
from .sub.leaf import LEAF as leaf_value
import pkg


def func(n):
    return n * 2, CONST, leaf_value


class Thing:
    x = "thing"
