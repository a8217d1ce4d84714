"""textwrap: margins of texts."""


def dedent(text):
    lines = text.split("\n")
    widths = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    margin = min(widths) if widths else 0
    return "\n".join([line[margin:] if line.strip() else "" for line in lines])


def indent(text, prefix, predicate=None):
    lines = text.split("\n")
    wanted = (lambda line: bool(line.strip())) if predicate is None else predicate
    return "\n".join([prefix + line if wanted(line) else line for line in lines])
