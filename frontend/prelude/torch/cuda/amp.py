"""Automatic mixed precision, which is off."""

from torch._grad import autocast


class GradScaler:
    def __init__(self, *args, **kwargs):
        pass

    def scale(self, loss):
        return loss


def custom_fwd(function=None, **kwargs):
    return (lambda f: f) if function is None else function


def custom_bwd(function=None, **kwargs):
    return (lambda f: f) if function is None else function
