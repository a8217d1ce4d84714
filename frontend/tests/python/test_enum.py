from enum import Enum, IntEnum, auto, unique


class Color(Enum):
    RED = 1
    GREEN = 2
    CRIMSON = 1

    def describe(self):
        return self.name.lower()

    @classmethod
    def default(cls):
        return cls.RED


print(Color.RED, repr(Color.RED), Color.RED.name, Color.RED.value, Color(2), Color["GREEN"])
print(Color.CRIMSON is Color.RED, list(Color), len(Color), Color.RED == Color.RED, Color.RED != Color.GREEN, Color.RED == 1)
print(Color.GREEN.describe(), Color.default(), Color.RED in Color, isinstance(Color.RED, Color), {Color.RED: "r"}[Color.RED])
for c in Color:
    print(c.name, c.value)
try:
    Color(5)
except ValueError as error:
    print(error)
try:
    Color["BLUE"]
except KeyError as error:
    print(error)


class Auto(Enum):
    A = auto()
    B = auto()


print(Auto.A.value, Auto.B.value)


class Num(IntEnum):
    ONE = 1
    TWO = 2


print(Num.ONE + 1, Num.TWO > Num.ONE, Num.ONE == 1, [10, 20, 30][Num.TWO], Num(2).name)


@unique
class Mode(str, Enum):
    TRAIN = "train"
    EVAL = "eval"


print(Mode.TRAIN == "train", Mode("eval"), Mode.TRAIN.value, Mode.TRAIN.upper())
print(f"{Color.RED}", Color.RED is Color(1), [m.value for m in Mode], Color.__members__["RED"])
