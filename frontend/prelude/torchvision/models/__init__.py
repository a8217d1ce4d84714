"""Classic backbones, with torchvision's attribute names, so that its checkpoints fit."""

from torchvision.models import (
    alexnet as _alexnet,
    convnext as _convnext,
    densenet as _densenet,
    efficientnet as _efficientnet,
    googlenet as _googlenet,
    inception as _inception,
    mnasnet as _mnasnet,
    mobilenetv2 as _mobilenetv2,
    mobilenetv3 as _mobilenetv3,
    regnet as _regnet,
    resnet as _resnet,
    shufflenetv2 as _shufflenetv2,
    squeezenet as _squeezenet,
    swin_transformer as _swin_transformer,
    vgg as _vgg,
    vision_transformer as _vision_transformer,
)
from torchvision.models.alexnet import *
from torchvision.models.convnext import *
from torchvision.models.densenet import *
from torchvision.models.efficientnet import *
from torchvision.models.googlenet import *
from torchvision.models.inception import *
from torchvision.models.mnasnet import *
from torchvision.models.mobilenetv2 import *
from torchvision.models.mobilenetv3 import *
from torchvision.models.regnet import *
from torchvision.models.resnet import *
from torchvision.models.shufflenetv2 import *
from torchvision.models.squeezenet import *
from torchvision.models.swin_transformer import *
from torchvision.models.vgg import *
from torchvision.models.vision_transformer import *
from torchvision.models._api import Weights, WeightsEnum
from torchvision.models import segmentation


def get_model(name, **config):
    """The network of this name."""
    return get_model_builder(name)(**config)


def get_model_builder(name):
    build = globals().get(name.lower())
    if build is None or not hasattr(build, "is_builder"):
        raise ValueError(f"Unknown model {name}")
    return build


def get_model_weights(name):
    return WeightsEnum


def get_weight(name):
    return name


def list_models(module=None, include=None, exclude=None):
    return sorted([name for name, value in list(globals().items()) if hasattr(value, "is_builder")])
