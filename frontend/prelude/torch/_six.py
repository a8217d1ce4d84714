"""What PyTorch offered while it still ran on Python 2."""

import collections.abc as container_abcs
from math import inf, nan

string_classes = (str, bytes)
int_classes = int
