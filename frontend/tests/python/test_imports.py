import pkg
import pkg.sub.leaf as leaf
import pkg.mod
from pkg import mod, CONST, sub
from pkg.mod import func as renamed, Thing
from pkg.sub.leaf import *
import pkg.sub.leaf
from pkg import lazy

print(pkg.CONST, leaf.LEAF, pkg.mod.func(2), renamed(3), Thing().x, LEAF, star())
print(pkg.__name__, mod.__name__, leaf.__name__, Thing.__module__, pkg.sub.leaf is leaf, mod is pkg.mod)
print(lazy.value())
try:
    from pkg import missing_name
except ImportError as error:
    print("ImportError")
try:
    import surely_missing_module
except ImportError:
    print("no module")
try:
    import surely_missing.sub as q
except ModuleNotFoundError:
    q = None
print(q, "_hidden" in globals())
import importlib
m = importlib.import_module("pkg.mod")
print(m is mod, importlib.import_module("pkg.sub.leaf").LEAF)
def local_import():
    from pkg.mod import func
    import math as mm
    return func(1), mm.floor(2.5)
print(local_import())
print(__import__("math").floor(2.5))
