"""os.path: text operations only; nothing exists."""

sep = "/"


def join(first, *rest):
    result = str(first)
    for part in rest:
        part = str(part)
        if part.startswith("/"):
            result = part
        elif not result or result.endswith("/"):
            result += part
        else:
            result += "/" + part
    return result


def split(path):
    path = str(path)
    i = path.rfind("/") + 1
    head, tail = path[:i], path[i:]
    if head.strip("/"):
        head = head.rstrip("/")
    return head, tail


def dirname(path):
    return split(path)[0]


def basename(path):
    return split(path)[1]


def splitext(path):
    path = str(path)
    dot = path.rfind(".")
    if dot <= path.rfind("/") + 1:
        return path, ""
    return path[:dot], path[dot:]


def normpath(path):
    parts = []
    for part in str(path).split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return ("/" if str(path).startswith("/") else "") + "/".join(parts) or "."


def abspath(path):
    return normpath(path)


realpath = abspath


def isabs(path):
    return str(path).startswith("/")


def exists(path):
    return False


def isfile(path):
    return False


def isdir(path):
    return False


def expanduser(path):
    return str(path)


def relpath(path, start="."):
    return str(path)
