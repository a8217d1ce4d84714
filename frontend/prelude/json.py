"""json: texts to values and back."""


class JSONDecodeError(ValueError):
    pass


class _Reader:
    def __init__(self, text):
        self.text = text
        self.at = 0

    def fail(self, message):
        raise JSONDecodeError(f"{message}: char {self.at}")

    def space(self):
        while self.at < len(self.text) and self.text[self.at] in " \t\n\r":
            self.at += 1

    def take(self, token):
        if not self.text.startswith(token, self.at):
            self.fail(f"Expecting {token!r}")
        self.at += len(token)

    def peek(self):
        self.space()
        if self.at >= len(self.text):
            self.fail("Expecting value")
        return self.text[self.at]

    def value(self):
        c = self.peek()
        if c == "{":
            return self.object()
        if c == "[":
            return self.array()
        if c == '"':
            return self.string()
        for token, value in (("true", True), ("false", False), ("null", None), ("NaN", float("nan")), ("Infinity", float("inf"))):
            if self.text.startswith(token, self.at):
                self.at += len(token)
                return value
        return self.number()

    def number(self):
        start = self.at
        while self.at < len(self.text) and self.text[self.at] in "+-0123456789.eE":
            self.at += 1
        token = self.text[start : self.at]
        if not token:
            self.fail("Expecting value")
        if "." in token or "e" in token or "E" in token:
            return float(token)
        return int(token)

    def string(self):
        self.take('"')
        parts = []
        while True:
            if self.at >= len(self.text):
                self.fail("Unterminated string")
            c = self.text[self.at]
            self.at += 1
            if c == '"':
                return "".join(parts)
            if c == "\\":
                c = self.text[self.at]
                self.at += 1
                if c == "u":
                    parts.append(chr(int(self.text[self.at : self.at + 4], 16)))
                    self.at += 4
                else:
                    parts.append({"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}.get(c, c))
            else:
                parts.append(c)

    def array(self):
        self.take("[")
        items = []
        if self.peek() == "]":
            self.at += 1
            return items
        while True:
            items.append(self.value())
            if self.peek() == "]":
                self.at += 1
                return items
            self.take(",")

    def object(self):
        self.take("{")
        result = {}
        if self.peek() == "}":
            self.at += 1
            return result
        while True:
            self.space()
            key = self.string()
            self.space()
            self.take(":")
            result[key] = self.value()
            if self.peek() == "}":
                self.at += 1
                return result
            self.take(",")


def loads(s, **kwargs):
    reader = _Reader(s)
    value = reader.value()
    reader.space()
    if reader.at != len(s):
        reader.fail("Extra data")
    return value


def load(fp, **kwargs):
    return loads(fp.read())


def _quote(text):
    parts = ['"']
    for c in text:
        if c == '"' or c == "\\":
            parts.append("\\" + c)
        elif c == "\n":
            parts.append("\\n")
        elif c == "\t":
            parts.append("\\t")
        elif c == "\r":
            parts.append("\\r")
        elif ord(c) < 32 or ord(c) > 126:
            parts.append("\\u" + format(ord(c), "04x"))
        else:
            parts.append(c)
    parts.append('"')
    return "".join(parts)


def _key(key):
    if isinstance(key, str):
        return _quote(key)
    if key is None or isinstance(key, (bool, int, float)):
        return '"' + dumps(key) + '"'
    raise TypeError(f"keys must be str, int, float, bool or None, not {type(key).__name__}")


def dumps(obj, indent=None, sort_keys=False, separators=None, default=None, **kwargs):
    step = " " * indent if isinstance(indent, int) else indent
    comma, colon = separators or (", " if step is None else ",", ": ")

    def write(value, pad):
        if value is None:
            return "null"
        if value is True:
            return "true"
        if value is False:
            return "false"
        if isinstance(value, str):
            return _quote(value)
        if isinstance(value, int):
            return str(value)
        if isinstance(value, float):
            return "NaN" if value != value else str(value).replace("inf", "Infinity")
        inner = pad + step if step is not None else ""
        if isinstance(value, dict):
            items = sorted(value.items()) if sort_keys else list(value.items())
            parts = [_key(k) + colon + write(v, inner) for k, v in items]
            opening, closing = "{", "}"
        elif isinstance(value, (list, tuple)):
            parts = [write(v, inner) for v in value]
            opening, closing = "[", "]"
        elif default is not None:
            return write(default(value), pad)
        else:
            raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
        if not parts:
            return opening + closing
        if step is None:
            return opening + comma.join(parts) + closing
        return opening + "\n" + inner + (comma + "\n" + inner).join(parts) + "\n" + pad + closing

    return write(obj, "\n"[1:])
