"""dataclasses over the class's own annotations."""


class _Missing:
    def __repr__(self):
        return "MISSING"


MISSING = _Missing()
KW_ONLY = _Missing()


class Field:
    def __init__(self, default=MISSING, default_factory=MISSING, init=True, repr=True, compare=True, kw_only=False, metadata=None):
        self.name = None
        self.type = None
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.compare = compare
        self.kw_only = kw_only
        self.metadata = metadata or {}


def field(*, default=MISSING, default_factory=MISSING, init=True, repr=True, hash=None, compare=True, metadata=None, kw_only=False):
    return Field(default, default_factory, init, repr, compare, kw_only, metadata)


class FrozenInstanceError(AttributeError):
    pass


def _is_classvar(annotation):
    return "ClassVar" in str(annotation)


def _collect(cls, kw_only):
    collected = {}
    for base in reversed(cls.__mro__[1:]):
        for name, f in getattr(base, "__dataclass_fields__", {}).items():
            collected[name] = f
    own_kw_only = kw_only
    for name, annotation in cls.__dict__.get("__annotations__", {}).items():
        if "KW_ONLY" in str(annotation) or annotation is KW_ONLY:
            own_kw_only = True
            continue
        if _is_classvar(annotation):
            continue
        value = cls.__dict__.get(name, MISSING)
        f = value if isinstance(value, Field) else Field(default=value)
        if isinstance(value, (list, dict, set)):
            raise ValueError(f"mutable default {type(value)} for field {name} is not allowed: use default_factory")
        f.name = name
        f.type = annotation
        f.kw_only = f.kw_only or own_kw_only
        collected[name] = f
        if isinstance(value, Field):
            if f.default is MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, f.default)
    return collected


def _make_init(cls, fields):
    positional = [f for f in fields.values() if f.init and not f.kw_only]
    keyword = [f for f in fields.values() if f.init and f.kw_only]

    def __init__(self, *args, **kwargs):
        if len(args) > len(positional):
            raise TypeError(f"{cls.__name__}.__init__() takes {len(positional) + 1} positional arguments but {len(args) + 1} were given")
        given = dict(zip([f.name for f in positional], args))
        for name, value in kwargs.items():
            if name in given:
                raise TypeError(f"{cls.__name__}.__init__() got multiple values for argument '{name}'")
            if name not in fields or not fields[name].init:
                raise TypeError(f"{cls.__name__}.__init__() got an unexpected keyword argument '{name}'")
            given[name] = value
        for f in fields.values():
            if f.name in given:
                value = given[f.name]
            elif f.default is not MISSING:
                value = f.default
            elif f.default_factory is not MISSING:
                value = f.default_factory()
            elif not f.init:
                continue
            else:
                raise TypeError(f"{cls.__name__}.__init__() missing required argument: '{f.name}'")
            object.__setattr__(self, f.name, value)
        if hasattr(self, "__post_init__"):
            self.__post_init__()

    return __init__


def _process(cls, init, repr, eq, order, frozen, kw_only):
    fields = _collect(cls, kw_only)
    cls.__dataclass_fields__ = fields
    if init and "__init__" not in cls.__dict__:
        cls.__init__ = _make_init(cls, fields)
    if repr and "__repr__" not in cls.__dict__:

        def __repr__(self):
            shown = [f"{f.name}={getattr(self, f.name)!r}" for f in fields.values() if f.repr]
            return type(self).__name__ + "(" + ", ".join(shown) + ")"

        cls.__repr__ = __repr__

    def key(obj):
        return tuple(getattr(obj, f.name) for f in fields.values() if f.compare)

    if eq and "__eq__" not in cls.__dict__:

        def __eq__(self, other):
            if type(other) is not type(self):
                return NotImplemented
            return key(self) == key(other)

        cls.__eq__ = __eq__
    if order:
        cls.__lt__ = lambda self, other: key(self) < key(other)
        cls.__le__ = lambda self, other: key(self) <= key(other)
        cls.__gt__ = lambda self, other: key(self) > key(other)
        cls.__ge__ = lambda self, other: key(self) >= key(other)
    if frozen:

        def __setattr__(self, name, value):
            raise FrozenInstanceError(f"cannot assign to field '{name}'")

        def __hash__(self):
            return hash(key(self))

        cls.__setattr__ = __setattr__
        cls.__hash__ = __hash__
    return cls


def dataclass(cls=None, /, *, init=True, repr=True, eq=True, order=False, unsafe_hash=False, frozen=False, kw_only=False, slots=False, match_args=True):
    def wrap(cls):
        return _process(cls, init, repr, eq, order, frozen, kw_only)

    return wrap if cls is None else wrap(cls)


def fields(obj):
    return tuple(obj.__dataclass_fields__.values())


def is_dataclass(obj):
    return hasattr(obj, "__dataclass_fields__")


def asdict(obj, *, dict_factory=dict):
    def convert(value):
        if is_dataclass(value) and not isinstance(value, type):
            return dict_factory([(f.name, convert(getattr(value, f.name))) for f in fields(value)])
        if isinstance(value, (list, tuple)):
            return type(value)([convert(v) for v in value])
        if isinstance(value, dict):
            return {k: convert(v) for k, v in value.items()}
        return value

    return convert(obj)


def astuple(obj):
    return tuple(getattr(obj, f.name) for f in fields(obj))


def replace(obj, /, **changes):
    values = {f.name: getattr(obj, f.name) for f in fields(obj) if f.init}
    values.update(changes)
    return type(obj)(**values)
