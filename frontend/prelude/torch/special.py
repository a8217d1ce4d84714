"""`torch.special`: the functions that the elementary ones give."""

from torch._math import erf, erfc, exp2, expit, expm1, log1p, log_softmax, logit, softmax, xlogy
from torch._reduce import logsumexp


def entr(input):
    from torch._math import xlogy

    return -xlogy(input, input)


def _missing(name):
    def function(*args, **kwargs):
        raise NotImplementedError(f"torch.special.{name} is not supported")

    return function


gammaln = _missing("gammaln")
digamma = psi = _missing("digamma")
erfinv = _missing("erfinv")
i0 = _missing("i0")
