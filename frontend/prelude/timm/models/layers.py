"""The older place of `timm.layers`."""

from timm.layers import *
