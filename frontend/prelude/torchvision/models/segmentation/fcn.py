"""Fully convolutional networks."""

from torch import nn
from torchvision.models._api import Weights
from torchvision.models.segmentation._utils import _SimpleSegmentationModel, builder


class FCN(_SimpleSegmentationModel):
    pass


class FCNHead(nn.Sequential):
    def __init__(self, in_channels, channels):
        inner = in_channels // 4
        super().__init__(
            nn.Conv2d(in_channels, inner, 3, padding=1, bias=False),
            nn.BatchNorm2d(inner),
            nn.ReLU(),
            nn.Dropout(0.1),
            nn.Conv2d(inner, channels, 1),
        )


fcn_resnet50 = builder("fcn_resnet50", "resnet50", FCN, FCNHead, FCNHead)
fcn_resnet101 = builder("fcn_resnet101", "resnet101", FCN, FCNHead, FCNHead)
FCN_ResNet50_Weights = FCN_ResNet101_Weights = Weights
