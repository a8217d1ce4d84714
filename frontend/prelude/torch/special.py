"""`torch.special`: the functions that the elementary ones give."""

import math

from torch._math import (
    digamma,
    eq,
    erf,
    erfc,
    erfinv,
    exp2,
    expit,
    expm1,
    i0,
    lgamma as gammaln,
    log1p,
    log_softmax,
    logit,
    mvlgamma,
    round,
    sinc,
    softmax,
    where,
    xlogy,
)
from torch._reduce import logsumexp


def entr(input):
    from torch._math import xlogy

    return -xlogy(input, input)


psi = digamma


multigammaln = mvlgamma


def ndtr(input):
    return (1 + erf(input / math.sqrt(2.0))) / 2


def ndtri(input):
    return erfinv(2 * input - 1) * math.sqrt(2.0)


def xlog1py(input, other):
    return where(eq(input, 0), 0.0, input * log1p(other))


def __getattr__(name):
    if name in _MISSING:
        return _refuse(name)
    raise AttributeError(f"module 'torch.special' has no attribute '{name}'")


def _refuse(name):
    def function(*args, **kwargs):
        raise NotImplementedError(f"torch.special.{name} is not supported")

    return function


_MISSING = """airy_ai bessel_j0 bessel_j1 bessel_y0 bessel_y1 erfcx gammainc gammaincc i0e i1 i1e log_ndtr polygamma zeta
modified_bessel_i0 modified_bessel_i1 modified_bessel_k0 modified_bessel_k1 spherical_bessel_j0""".split()
