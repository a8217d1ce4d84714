"""A small package that the import constructs read."""

from . import config
from .blocks import double

__all__ = ["config", "double"]
