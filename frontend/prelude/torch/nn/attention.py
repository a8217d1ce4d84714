"""The choice of a kernel for attention, which changes no value."""

import enum

from torch._grad import _Mode


class SDPBackend(enum.Enum):
    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3


class sdpa_kernel(_Mode):
    pass
