"""A place where older sources import the helpers of `timm.layers` from."""

from timm.layers import *
from timm.layers import drop_path
