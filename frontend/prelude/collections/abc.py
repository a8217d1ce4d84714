"""Abstract container classes: `isinstance` asks for the methods."""


class _Protocol(type):
    def __instancecheck__(cls, obj):
        needed = cls.__dict__.get("_needs")
        if needed is None:
            return type.__instancecheck__(cls, obj)
        excluded = cls.__dict__.get("_not", ())
        if isinstance(obj, excluded):
            return False
        return all(hasattr(obj, name) for name in needed)


class Hashable(metaclass=_Protocol):
    _needs = ("__hash__",)
    _not = (list, dict, set)


class Callable(metaclass=_Protocol):
    _needs = ("__call__",)


class Iterable(metaclass=_Protocol):
    _needs = ("__iter__",)


class Iterator(Iterable):
    _needs = ("__iter__", "__next__")


class Generator(Iterator):
    _needs = ("__iter__", "__next__", "send")


class Sized(metaclass=_Protocol):
    _needs = ("__len__",)


class Container(metaclass=_Protocol):
    _needs = ("__contains__",)


class Collection(metaclass=_Protocol):
    _needs = ("__len__", "__iter__", "__contains__")


class Sequence(Collection):
    _needs = ("__len__", "__getitem__", "index", "count")


class MutableSequence(Sequence):
    _needs = ("__len__", "__getitem__", "append", "insert")


class Mapping(Collection):
    _needs = ("keys", "items", "__getitem__")


class MutableMapping(Mapping):
    _needs = ("keys", "items", "__getitem__", "__setitem__", "update")


class Set(Collection):
    _needs = ("__len__", "isdisjoint")


class MutableSet(Set):
    _needs = ("__len__", "isdisjoint", "add")


class KeysView:
    pass


class ValuesView:
    pass


class ItemsView:
    pass
