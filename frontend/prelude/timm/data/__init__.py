"""The constants of image normalisation."""

from timm.data.constants import *
