"""A package."""
CONST = "const"
from . import mod
from .sub import helper
