"""The imaging library's names, for files that also prepare pictures: what a network computes with is tensors."""

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFile, ImageFilter, ImageOps

__version__ = "11.0.0"
