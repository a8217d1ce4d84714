"""argparse for modules that build a parser at import: parsing yields the defaults, as if run without arguments."""


class Namespace:
    def __init__(self, **kwargs):
        self.__dict__.update(kwargs)

    def __repr__(self):
        return "Namespace(" + ", ".join(f"{k}={v!r}" for k, v in self.__dict__.items()) + ")"

    def __contains__(self, key):
        return key in self.__dict__


class ArgumentTypeError(Exception):
    pass


class ArgumentDefaultsHelpFormatter:
    pass


class RawTextHelpFormatter:
    pass


class ArgumentParser:
    def __init__(self, *args, **kwargs):
        self._defaults = {}

    def add_argument(self, *flags, default=None, action=None, dest=None, type=None, **kwargs):
        name = dest
        for flag in flags:
            if name is None or flag.startswith("--") and dest is None:
                name = flag.lstrip("-").replace("-", "_")
        if action == "store_true" and default is None:
            default = False
        if action == "store_false" and default is None:
            default = True
        self._defaults[name] = default

    def add_argument_group(self, *args, **kwargs):
        return self

    def add_mutually_exclusive_group(self, *args, **kwargs):
        return self

    def set_defaults(self, **kwargs):
        self._defaults.update(kwargs)

    def parse_args(self, args=None, namespace=None):
        return Namespace(**self._defaults)

    def parse_known_args(self, args=None, namespace=None):
        return Namespace(**self._defaults), []
