from dataclasses import dataclass, field, fields, asdict, astuple, replace, is_dataclass
from typing import List, Optional, ClassVar


@dataclass
class Config:
    name: str
    size: int = 4
    layers: List[int] = field(default_factory=list)
    ratio: Optional[float] = None
    kind: ClassVar[str] = "cfg"

    def total(self):
        return self.size * 2


a = Config("a")
b = Config("a", 4)
print(a, a == b, a != Config("b"), a.total(), Config.kind)
a.layers.append(1)
print(a.layers, b.layers, a == b)
print([f.name for f in fields(a)], asdict(a), astuple(b), replace(a, size=9), is_dataclass(a), is_dataclass(5))


@dataclass(frozen=True)
class F:
    x: int
    y: int = 2


f = F(1)
try:
    f.x = 5
except Exception as error:
    print(type(error).__name__, error)
print(hash(f) == hash(F(1)), {f: "v"}[F(1, 2)])


@dataclass(order=True)
class O:
    a: int
    b: str = "z"


print(O(1) < O(2), O(1, "a") < O(1, "b"), sorted([O(3), O(1)]))


@dataclass
class Base:
    x: int
    y: int = 0


@dataclass
class Derived(Base):
    z: int = 5
    w: int = field(default=7, repr=False)
    computed: int = field(init=False)

    def __post_init__(self):
        self.computed = self.x + self.z


d = Derived(1, z=10)
print(d, d.w, d.computed)


@dataclass(eq=False, repr=False)
class Plain:
    v: int


print(Plain(1) == Plain(1), Plain(3).v)


@dataclass
class Kw:
    a: int
    b: int = field(kw_only=True, default=3)


print(Kw(1), Kw(1, b=5))
try:
    Config()
except TypeError as error:
    print("TypeError")
try:
    Config("a", nope=1)
except TypeError as error:
    print(error)


@dataclass
class Nested:
    inner: Config = field(default_factory=lambda: Config("n"))


print(asdict(Nested()))
