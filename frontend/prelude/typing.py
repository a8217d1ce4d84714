"""typing: annotations mean nothing to the evaluator; every name exists and can be subscripted, called and combined."""


class _Special:
    def __init__(self, name):
        self._name = name

    def __getitem__(self, item):
        return self

    def __call__(self, *args, **kwargs):
        return self

    def __or__(self, other):
        return self

    def __ror__(self, other):
        return self

    def __mro_entries__(self, bases):
        return ()

    def __repr__(self):
        return "typing." + self._name


Any = _Special("Any")
Union = _Special("Union")
Optional = _Special("Optional")
Callable = _Special("Callable")
Tuple = _Special("Tuple")
List = _Special("List")
Dict = _Special("Dict")
Set = _Special("Set")
FrozenSet = _Special("FrozenSet")
Type = _Special("Type")
Sequence = _Special("Sequence")
MutableSequence = _Special("MutableSequence")
Mapping = _Special("Mapping")
MutableMapping = _Special("MutableMapping")
Iterable = _Special("Iterable")
Iterator = _Special("Iterator")
Generator = _Special("Generator")
Collection = _Special("Collection")
Container = _Special("Container")
Hashable = _Special("Hashable")
Sized = _Special("Sized")
Reversible = _Special("Reversible")
Literal = _Special("Literal")
Final = _Special("Final")
ClassVar = _Special("ClassVar")
Annotated = _Special("Annotated")
Concatenate = _Special("Concatenate")
NoReturn = _Special("NoReturn")
Never = _Special("Never")
Self = _Special("Self")
AnyStr = _Special("AnyStr")
Text = str
DefaultDict = _Special("DefaultDict")
OrderedDict = _Special("OrderedDict")
Counter = _Special("Counter")
Deque = _Special("Deque")
SupportsInt = _Special("SupportsInt")
SupportsFloat = _Special("SupportsFloat")
SupportsIndex = _Special("SupportsIndex")
Awaitable = _Special("Awaitable")
Pattern = _Special("Pattern")
IO = _Special("IO")
TextIO = _Special("TextIO")
BinaryIO = _Special("BinaryIO")
TypeAlias = _Special("TypeAlias")
Required = _Special("Required")
NotRequired = _Special("NotRequired")
Unpack = _Special("Unpack")
TypeGuard = _Special("TypeGuard")
TYPE_CHECKING = False


class Generic:
    def __class_getitem__(cls, item):
        return cls


class Protocol:
    def __class_getitem__(cls, item):
        return cls


def TypeVar(name, *constraints, bound=None, covariant=False, contravariant=False, default=None):
    return _Special(name)


def ParamSpec(name, **kwargs):
    return _Special(name)


def TypeVarTuple(name, **kwargs):
    return _Special(name)


def NewType(name, tp):
    return lambda value: value


def cast(tp, value):
    return value


def overload(function):
    return function


def final(function):
    return function


def override(function):
    return function


def no_type_check(function):
    return function


def runtime_checkable(cls):
    return cls


def get_type_hints(obj, *args, **kwargs):
    return dict(getattr(obj, "__annotations__", {}))


def get_origin(tp):
    return None


def get_args(tp):
    return ()


def assert_never(value):
    raise AssertionError("expected code to be unreachable")


class _NamedTupleBase:
    def __call__(self, typename, fields=()):
        from collections import namedtuple

        return namedtuple(typename, [name for name, _ in fields])

    def __mro_entries__(self, bases):
        return (_NamedTupleMarker,)


class _NamedTupleMarker:
    """Classes that derive from NamedTuple become named tuples of their annotations."""

    def __init_subclass__(cls, **kwargs):
        names = list(cls.__dict__.get("__annotations__", {}))
        cls._fields = tuple(names)

    def __init__(self, *args, **kwargs):
        values = dict(zip(self._fields, args))
        values.update(kwargs)
        for name in self._fields:
            if name not in values:
                values[name] = getattr(type(self), name)
        self.__dict__.update(values)

    def _asdict(self):
        return {name: getattr(self, name) for name in self._fields}

    def _replace(self, **kwargs):
        return type(self)(**{**self._asdict(), **kwargs})

    def __iter__(self):
        return iter([getattr(self, name) for name in self._fields])

    def __len__(self):
        return len(self._fields)

    def __getitem__(self, i):
        return [getattr(self, name) for name in self._fields][i]

    def __eq__(self, other):
        return tuple(self) == tuple(other)

    def __repr__(self):
        return type(self).__name__ + "(" + ", ".join(f"{n}={getattr(self, n)!r}" for n in self._fields) + ")"


NamedTuple = _NamedTupleBase()


class TypedDict(dict):
    def __init_subclass__(cls, total=True, **kwargs):
        pass
