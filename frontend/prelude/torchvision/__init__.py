"""torchvision: its classic backbones, and the names that sources import."""

from torchvision import datasets, models, ops, transforms, utils

__version__ = "0.20.0"


def set_image_backend(backend):
    pass
