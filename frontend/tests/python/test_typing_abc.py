from __future__ import annotations
import abc
from abc import ABC, abstractmethod
import typing
from typing import Any, Callable, Dict, Generic, List, NamedTuple, Optional, Tuple, TypeVar, Union, TYPE_CHECKING, cast, overload

if TYPE_CHECKING:
    import not_there

T = TypeVar("T")
Alias = Dict[str, List[int]]
Fn = Callable[[int], Optional[str]]


class Box(Generic[T]):
    def __init__(self, item: T) -> None:
        self.item: T = item

    def get(self) -> T:
        return self.item


print(Box[int](5).get(), Box("s").item)


class Shape(ABC):
    @abstractmethod
    def area(self) -> float:
        ...

    @property
    @abstractmethod
    def label(self): ...

    def show(self):
        return f"{self.label} {self.area()}"


class Square(Shape):
    def __init__(self, s):
        self.s = s

    def area(self):
        return self.s ** 2

    @property
    def label(self):
        return "square"


print(Square(3).show(), isinstance(Square(1), Shape))
try:
    Shape()
except TypeError as error:
    print("TypeError")


class Meta(metaclass=abc.ABCMeta):
    @abc.abstractmethod
    def f(self): ...


class Impl(Meta):
    def f(self):
        return "impl"


print(Impl().f())


class Pair(NamedTuple):
    a: int
    b: str = "dflt"


p = Pair(1)
print(p, p.a, p[1], tuple(p), p == (1, "dflt"))
x, y = Pair(2, "z")
print(x, y)


@overload
def g(x: int) -> int: ...
@overload
def g(x: str) -> str: ...
def g(x):
    return x


print(g(1), g("a"), cast(int, "still str"))


def annotated(a: NotDefined, b: Union[int, None] = None, *c: Any) -> Tuple[int, ...]:
    z: AlsoMissing = 1
    return (a, b, z)


print(annotated(1), isinstance(5, (int, str)), isinstance(5, int | str), isinstance("a", int | None))
v: int
w: List[int] = []
print(w, typing.get_type_hints is not None)
