"""Switches of `torch.compile`, which can be set and which nothing reads."""


class _Group:
    pass


triton = _Group()
cpp = _Group()
aot_inductor = _Group()
