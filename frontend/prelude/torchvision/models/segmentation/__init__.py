"""Segmentation networks on dilated ResNets: FCN (Long et al. 2015) and DeepLabV3 (Chen et al. 2017)."""

from torchvision.models.segmentation.deeplabv3 import ASPP, DeepLabHead, DeepLabV3, deeplabv3_resnet50, deeplabv3_resnet101
from torchvision.models.segmentation.fcn import FCN, FCNHead, fcn_resnet50, fcn_resnet101


def _refuse(name):
    def function(*args, **kwargs):
        raise NotImplementedError(f"torchvision.models.segmentation.{name} is not supported")

    return function


deeplabv3_mobilenet_v3_large = _refuse("deeplabv3_mobilenet_v3_large")
lraspp_mobilenet_v3_large = _refuse("lraspp_mobilenet_v3_large")
