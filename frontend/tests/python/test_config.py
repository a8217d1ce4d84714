class Config(dict):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.__dict__.update({k: v for k, v in self.items() if isinstance(k, str)})

    @classmethod
    def from_nested(cls, d):
        return cls({k: cls.from_nested(v) if isinstance(v, dict) else v for k, v in d.items()})


c = Config.from_nested({"model": {"depth": 2, "dims": [1, 2]}, "name": "n"})
print(c.model.depth, c.name, c["model"]["dims"], len(c))


class Args:
    def __init__(self, **kw):
        for k, v in kw.items():
            setattr(self, k, v)

    def __repr__(self):
        return "Args(" + ", ".join(f"{k}={v!r}" for k, v in sorted(self.__dict__.items())) + ")"

    def get(self, k, default=None):
        return getattr(self, k, default)

    def update(self, **kw):
        self.__dict__.update(kw)
        return self


a = Args(b=1, a="x")
print(a, a.get("zz", 5), a.update(c=3), "b" in vars(a), list(a.__dict__.items()), len(a.__dict__))
a.__dict__["direct"] = 9
print(a.direct, a.__dict__.pop("direct"), hasattr(a, "direct"), dict(a.__dict__), {**a.__dict__})
for key, value in a.__dict__.items():
    print(key, value)
merged = {**{"x": 1, "y": 2}, **{"y": 3}}
print(merged, dict({"a": 1}, b=2))


def parse_stages(spec):
    stages = []
    for part in spec.split("|"):
        name, _, opts = part.partition(":")
        kw = dict(o.split("=") for o in opts.split(",")) if opts else {}
        stages.append((name.strip(), {k: int(v) if v.isdigit() else v for k, v in kw.items()}))
    return stages


print(parse_stages("conv:k=3,s=1 | pool | fc:n=10,act=relu"))


def make_divisible(v, divisor=8, min_value=None):
    if min_value is None:
        min_value = divisor
    new_v = max(min_value, int(v + divisor / 2) // divisor * divisor)
    if new_v < 0.9 * v:
        new_v += divisor
    return new_v


print([make_divisible(v * 1.3) for v in (3, 16, 24, 32, 100)])
class Frozen:
    def __setattr__(self, k, v):
        raise AttributeError(f"{k} is frozen")
try:
    Frozen().x = 1
except AttributeError as e:
    print(e)
