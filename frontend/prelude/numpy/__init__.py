"""The small part of NumPy that models use: an array is a thin class over a tensor, `float64` by default."""

import math as _math

import torch
from numpy import linalg, random
from numpy._array import ndarray
from numpy._dtypes import (
    bool_,
    dtype,
    float16,
    float32,
    float64,
    floating,
    generic,
    int8,
    int16,
    int32,
    int64,
    integer,
    number,
    uint8,
    uint16,
    uint32,
    uint64,
)
from numpy._functions import *

pi = _math.pi
e = _math.e
inf = _math.inf
Inf = Infinity = inf
nan = _math.nan
NaN = nan
newaxis = None
euler_gamma = 0.5772156649015329

# Names that NumPy has dropped and old sources use.
float = float_ = double = float64
int = int_ = intp = longlong = int64
bool = bool_
single = float32
half = float16
ubyte = uint8
str_ = str

__version__ = "1.26.0"


def set_printoptions(**kwargs):
    pass


def seterr(**kwargs):
    pass


def errstate(**kwargs):
    return torch.no_grad()
