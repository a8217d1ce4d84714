"""Picture objects, which cannot be had here, and the numbers of resampling methods and transformations."""

from enum import IntEnum


class Resampling(IntEnum):
    NEAREST = 0
    LANCZOS = 1
    BILINEAR = 2
    BICUBIC = 3
    BOX = 4
    HAMMING = 5


class Transpose(IntEnum):
    FLIP_LEFT_RIGHT = 0
    FLIP_TOP_BOTTOM = 1
    ROTATE_90 = 2
    ROTATE_180 = 3
    ROTATE_270 = 4
    TRANSPOSE = 5
    TRANSVERSE = 6


class Transform(IntEnum):
    AFFINE = 0
    EXTENT = 1
    PERSPECTIVE = 2
    QUAD = 3
    MESH = 4


for _kind in (Resampling, Transpose, Transform):
    for _member in _kind:
        globals()[_member.name] = _member

ANTIALIAS = LANCZOS
MAX_IMAGE_PIXELS = 89478485


class Image:
    def __init__(self, *args, **kwargs):
        raise NotImplementedError("pictures are not supported: give the network's input as a tensor")


def open(*args, **kwargs):
    raise NotImplementedError("pictures are not supported: give the network's input as a tensor")


fromarray = new = frombytes = open
