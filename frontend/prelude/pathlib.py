"""Paths as text."""

import os.path as _path


class PurePath:
    def __init__(self, *parts):
        self._text = _path.join(*[str(p) for p in parts]) if parts else "."

    def __truediv__(self, other):
        return type(self)(self._text, str(other))

    def __rtruediv__(self, other):
        return type(self)(str(other), self._text)

    def __str__(self):
        return self._text

    def __repr__(self):
        return f"{type(self).__name__}({self._text!r})"

    def __fspath__(self):
        return self._text

    def __eq__(self, other):
        return isinstance(other, PurePath) and self._text == other._text

    def __hash__(self):
        return hash(self._text)

    @property
    def name(self):
        return _path.basename(self._text)

    @property
    def parent(self):
        return type(self)(_path.dirname(self._text) or ".")

    @property
    def suffix(self):
        return _path.splitext(self._text)[1]

    @property
    def stem(self):
        return _path.splitext(self.name)[0]

    def joinpath(self, *parts):
        return type(self)(self._text, *parts)

    def as_posix(self):
        return self._text

    def with_suffix(self, suffix):
        return type(self)(_path.splitext(self._text)[0] + suffix)


class Path(PurePath):
    def exists(self):
        return False

    def is_file(self):
        return False

    def is_dir(self):
        return False

    def resolve(self):
        return self

    def absolute(self):
        return self

    def expanduser(self):
        return self

    @classmethod
    def cwd(cls):
        return cls(".")

    @classmethod
    def home(cls):
        return cls("~")


PosixPath = Path
PurePosixPath = PurePath
