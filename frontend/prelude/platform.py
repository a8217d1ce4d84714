"""The machine is unknown while a model is compiled."""


def system():
    return "Linux"


def machine():
    return ""


def python_version():
    return "3.11.0"
