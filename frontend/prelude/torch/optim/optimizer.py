"""The base of optimisers."""

required = object()


class Optimizer:
    def __init__(self, params=None, defaults=None):
        raise NotImplementedError("optimisers are not supported: Braid compiles inference, not training")
