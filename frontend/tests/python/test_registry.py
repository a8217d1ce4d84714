REGISTRY = {}


def register(name=None):
    def wrap(cls):
        REGISTRY[name or cls.__name__.lower()] = cls
        return cls

    return wrap


@register()
class Relu:
    def __call__(self, x):
        return max(x, 0)


@register("scaled")
class Scale:
    def __init__(self, factor=2, **kwargs):
        self.factor = factor
        self.kwargs = kwargs

    def __call__(self, x):
        return x * self.factor


def build(cfg, **defaults):
    cfg = dict(cfg)
    kind = cfg.pop("type")
    if isinstance(kind, str):
        cls = REGISTRY.get(kind)
        if cls is None:
            raise KeyError(f"{kind} is not registered; known: {', '.join(sorted(REGISTRY))}")
    else:
        cls = kind
    for k, v in defaults.items():
        cfg.setdefault(k, v)
    return cls(**cfg)


ops = [build({"type": "relu"}), build(dict(type="scaled", factor=3, extra=1)), build({"type": Scale}, factor=10)]
x = -2
for op in ops:
    x = op(x + 3)
    print(type(op).__name__, x)
print(ops[1].kwargs, list(REGISTRY))
try:
    build({"type": "gelu"})
except KeyError as error:
    print(error.args[0])
