"""enum: members are made when the class is."""


class auto:
    pass


class EnumMeta(type):
    def __new__(mcls, name, bases, namespace, **kwargs):
        members = {}
        rest = {}
        for key, value in namespace.items():
            hidden = key.startswith("_") or callable(value) or isinstance(value, (property, staticmethod, classmethod))
            if hidden or not bases:
                rest[key] = value
            else:
                members[key] = value
        cls = super().__new__(mcls, name, bases, rest)
        cls._member_map_ = {}
        for base in bases:
            cls._member_map_.update(getattr(base, "_member_map_", {}))
        last = 0
        for key, value in members.items():
            if isinstance(value, auto):
                value = cls._generate_next_value_(key, 1, len(cls._member_map_), last)
            last = value
            cls._add_member(key, value)
        return cls

    def _add_member(cls, key, value):
        for other in cls._member_map_.values():
            if other._value_ == value:
                cls._member_map_[key] = other
                setattr(cls, key, other)
                return
        if issubclass(cls, int):
            member = int.__new__(cls, value)
        elif issubclass(cls, str):
            member = str.__new__(cls, value)
        else:
            member = object.__new__(cls)
        member._name_ = key
        member._value_ = value
        member.name = key
        member.value = value
        cls._member_map_[key] = member
        setattr(cls, key, member)

    @property
    def __members__(cls):
        return dict(cls._member_map_)

    def __call__(cls, value):
        for member in cls._member_map_.values():
            if member is value or member._value_ == value:
                return member
        missing = cls._missing_(value)
        if missing is not None:
            return missing
        raise ValueError(f"{value!r} is not a valid {cls.__name__}")

    def __getitem__(cls, name):
        return cls._member_map_[name]

    def __iter__(cls):
        seen = []
        for member in cls._member_map_.values():
            if member not in seen:
                seen.append(member)
        return iter(seen)

    def __len__(cls):
        return len(list(iter(cls)))

    def __contains__(cls, value):
        return any(m is value or m._value_ == value for m in cls._member_map_.values())


class Enum(metaclass=EnumMeta):
    @staticmethod
    def _generate_next_value_(name, start, count, last):
        return last + 1 if isinstance(last, int) else count + 1

    @classmethod
    def _missing_(cls, value):
        return None

    def __repr__(self):
        return f"<{type(self).__name__}.{self._name_}: {self._value_!r}>"

    def __str__(self):
        return f"{type(self).__name__}.{self._name_}"

    def __hash__(self):
        return hash(self._name_)


class IntEnum(int, Enum):
    def __str__(self):
        return str(self._value_)


class StrEnum(str, Enum):
    @staticmethod
    def _generate_next_value_(name, start, count, last):
        return name.lower()

    def __str__(self):
        return self._value_


class Flag(Enum):
    def __or__(self, other):
        return self._value_ | other._value_

    def __and__(self, other):
        return self._value_ & other._value_


class IntFlag(int, Enum):
    pass


def unique(cls):
    return cls
