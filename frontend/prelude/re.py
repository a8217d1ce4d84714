"""Regular expressions over the natives of `_re`, which find one match at a time."""

import _re
from _re import escape

A = ASCII = 256
I = IGNORECASE = 2
M = MULTILINE = 8
S = DOTALL = 16
X = VERBOSE = 64
U = UNICODE = 32
L = LOCALE = 4
NOFLAG = 0


class error(Exception):
    pass


class Match:
    def __init__(self, pattern, string, spans):
        self.re = pattern
        self.string = string
        self.regs = tuple([(-1, -1) if span is None else span for span in spans])
        self._spans = spans
        self.pos = 0
        self.endpos = len(string)

    def _index(self, group):
        if isinstance(group, str):
            if group not in self.re.groupindex:
                raise IndexError("no such group")
            return self.re.groupindex[group]
        if group < 0 or group >= len(self._spans):
            raise IndexError("no such group")
        return group

    def _text(self, group, default=None):
        span = self._spans[self._index(group)]
        return default if span is None else self.string[span[0] : span[1]]

    def group(self, *groups):
        if not groups:
            return self._text(0)
        if len(groups) == 1:
            return self._text(groups[0])
        return tuple([self._text(g) for g in groups])

    def __getitem__(self, group):
        return self._text(group)

    def groups(self, default=None):
        return tuple([self._text(i, default) for i in range(1, len(self._spans))])

    def groupdict(self, default=None):
        return {name: self._text(i, default) for name, i in self.re.groupindex.items()}

    def span(self, group=0):
        return self.regs[self._index(group)]

    def start(self, group=0):
        return self.span(group)[0]

    def end(self, group=0):
        return self.span(group)[1]

    @property
    def lastindex(self):
        last = None
        for i in range(1, len(self._spans)):
            if self._spans[i] is not None:
                last = i
        return last

    def expand(self, template):
        return _expand(self, _parse(self.re, template))

    def __repr__(self):
        return f"<re.Match object; span={self.span()}, match={self.group()!r}>"


def _parse(pattern, template):
    """A replacement as a list of texts and group numbers."""
    if "\\" not in template:
        return [template]
    parts = []
    i = 0
    while i < len(template):
        c = template[i]
        i += 1
        if c != "\\" or i == len(template):
            parts.append(c)
            continue
        c = template[i]
        i += 1
        if c == "g":
            end = template.index(">", i)
            name = template[i + 1 : end]
            i = end + 1
            parts.append(int(name) if name.isdigit() else pattern.groupindex[name])
        elif c.isdigit() and c != "0":
            number = c
            if i < len(template) and template[i].isdigit():
                number += template[i]
                i += 1
            parts.append(int(number))
        else:
            parts.append({"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}.get(c, "\\" + c))
    return parts


def _expand(match, parts):
    return "".join([match._text(p, "") if isinstance(p, int) else p for p in parts])


class Pattern:
    def __init__(self, pattern, flags):
        self.pattern = pattern
        self.flags = flags
        self._compiled = _re.compile(pattern, flags)
        names = _re.groups(self._compiled)
        self.groups = len(names) - 1
        self.groupindex = {name: i for i, name in enumerate(names) if name is not None}

    def _find(self, string, start, anchor):
        spans = _re.search(self._compiled, string, start, anchor)
        return None if spans is None else Match(self, string, spans)

    def match(self, string, pos=0):
        return self._find(string, pos, "match")

    def fullmatch(self, string, pos=0):
        return self._find(string, pos, "fullmatch")

    def search(self, string, pos=0):
        return self._find(string, pos, "search")

    def finditer(self, string, pos=0):
        last = -1
        while pos <= len(string):
            found = self._find(string, pos, "search")
            if found is None:
                return
            start, end = found.span()
            if start == end and end == last:
                pos = end + 1
                if start < pos - 1:
                    continue
                found = self._find(string, pos, "search")
                if found is None:
                    return
                start, end = found.span()
            yield found
            last = end
            pos = end if end > start else end + 1

    def findall(self, string, pos=0):
        results = []
        for found in self.finditer(string, pos):
            groups = found.groups("")
            results.append(found.group() if not groups else groups[0] if len(groups) == 1 else groups)
        return results

    def subn(self, repl, string, count=0):
        parts = None if callable(repl) else _parse(self, repl)
        pieces = []
        at = 0
        done = 0
        for found in self.finditer(string):
            if count and done == count:
                break
            start, end = found.span()
            pieces.append(string[at:start])
            pieces.append(repl(found) if parts is None else _expand(found, parts))
            at = end
            done += 1
        pieces.append(string[at:])
        return "".join(pieces), done

    def sub(self, repl, string, count=0):
        return self.subn(repl, string, count)[0]

    def split(self, string, maxsplit=0):
        pieces = []
        at = 0
        done = 0
        for found in self.finditer(string):
            if maxsplit and done == maxsplit:
                break
            start, end = found.span()
            pieces.append(string[at:start])
            pieces.extend(found.groups())
            at = end
            done += 1
        pieces.append(string[at:])
        return pieces

    def __repr__(self):
        return f"re.compile({self.pattern!r})"


_cache = {}


def compile(pattern, flags=0):
    if isinstance(pattern, Pattern):
        return pattern
    key = (pattern, flags)
    if key not in _cache:
        _cache[key] = Pattern(pattern, flags)
    return _cache[key]


def match(pattern, string, flags=0):
    return compile(pattern, flags).match(string)


def fullmatch(pattern, string, flags=0):
    return compile(pattern, flags).fullmatch(string)


def search(pattern, string, flags=0):
    return compile(pattern, flags).search(string)


def finditer(pattern, string, flags=0):
    return compile(pattern, flags).finditer(string)


def findall(pattern, string, flags=0):
    return compile(pattern, flags).findall(string)


def sub(pattern, repl, string, count=0, flags=0):
    return compile(pattern, flags).sub(repl, string, count)


def subn(pattern, repl, string, count=0, flags=0):
    return compile(pattern, flags).subn(repl, string, count)


def split(pattern, string, maxsplit=0, flags=0):
    return compile(pattern, flags).split(string, maxsplit)


def purge():
    _cache.clear()
