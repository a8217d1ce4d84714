class Point:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y


def f(v):
    match v:
        case 0:
            return "zero"
        case 1 | 2:
            return "one or two"
        case "text":
            return "string"
        case None | True:
            return "singleton"
        case []:
            return "empty"
        case [x]:
            return f"single {x}"
        case [x, y, *rest]:
            return f"list {x} {y} {rest}"
        case {"type": "a", "value": val}:
            return f"dict a {val}"
        case {"k": _, **others}:
            return f"dict k {others}"
        case Point(0, y=yy):
            return f"point on y {yy}"
        case Point(x, y) if x == y:
            return f"diagonal {x}"
        case Point():
            return "point"
        case int(n) if n > 100:
            return f"big {n}"
        case str() as s:
            return f"str {s}"
        case (float() | complex()) as num:
            return f"num {num}"
        case _:
            return "other"


for v in (0, 1, 2, "text", None, True, [], [1], [1, 2, 3], (4, 5), {"type": "a", "value": 9}, {"k": 1, "z": 2}, Point(0, 5), Point(2, 2), Point(1, 2), 500, "abc", 2.5, 50, {}, {1}):
    print(f(v))


def nested(cmd):
    match cmd:
        case ["go", ("north" | "south") as d]:
            return d
        case ["go", [a, [b]]]:
            return a + b
        case _:
            return None


print(nested(["go", "north"]), nested(["go", [1, [2]]]), nested(["go", "up"]))
match 5:
    case x if x > 3:
        print("guard", x)
match (1, (2, 3)):
    case (a, (b, c)):
        print(a, b, c)
import enum


class Color(enum.Enum):
    RED = 1
    BLUE = 2


def g(c):
    match c:
        case Color.RED:
            return "r"
        case Color.BLUE:
            return "b"


print(g(Color.RED), g(Color.BLUE), g(1))
match -3:
    case -3:
        print("negative")
