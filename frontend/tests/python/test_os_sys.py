import os
import os.path
import sys
import time
import string
import warnings
import logging
import random
import types
import inspect
import operator
import numbers
from pathlib import Path

print(os.path.join("a", "b", "c.txt"), os.path.join("a/", "/b"), os.path.basename("/x/y.pt"), os.path.dirname("/x/y.pt"), os.path.splitext("m.tar.gz"), os.path.exists("/nope/none"))
print(sys.version_info[0] >= 3, sys.version_info >= (3, 7), sys.maxsize, sys.version_info.major)
print(string.ascii_lowercase[:5], string.digits, len(string.ascii_letters), string.punctuation[:3])
warnings.warn("shown nowhere") if False else None
log = logging.getLogger(__name__)
log.debug("nothing")
print(isinstance(time.time(), float))
print(operator.add(1, 2), operator.itemgetter(1)([5, 6]), operator.attrgetter("real")(7), operator.mul(3, 4), operator.itemgetter("a", "b")({"a": 1, "b": 2}), operator.not_(0), operator.methodcaller("upper")("x"))
print(isinstance(5, numbers.Number), isinstance(2.5, numbers.Real), isinstance(2.5, numbers.Integral), isinstance("s", numbers.Number))
ns = types.SimpleNamespace(a=1, b="x")
print(ns.a, ns.b, ns)
print(isinstance(len, types.BuiltinFunctionType), isinstance(lambda: 0, types.FunctionType), isinstance(os, types.ModuleType))
print(inspect.isfunction(lambda: 0), inspect.isclass(int), inspect.ismethod([].append), list(inspect.signature(lambda a, b=1: 0).parameters))


def sig(x, y=2, *args, z, **kw):
    pass


params = inspect.signature(sig).parameters
print(list(params), params["y"].default, "z" in params, params["x"].default is inspect.Parameter.empty)
p = Path("a") / "b" / "c.txt"
print(p, p.name, p.stem, p.suffix, str(p.parent))
print(sys.modules["os"] is os, "json" in sys.modules or True, os.sep, os.environ.get("SURELY_NOT_SET", "d"))
random.seed(0)
r = random.random()
print(0 <= r < 1, random.choice([7]) == 7, 1 <= random.randint(1, 3) <= 3)
me = sys.modules[__name__]
print(me.os is os, getattr(me, "sig") is sig)
