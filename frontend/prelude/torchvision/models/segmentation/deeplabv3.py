"""DeepLabV3: convolutions of several dilations side by side."""

import torch
from torch import nn
from torch.nn import functional as F
from torchvision.models._api import Weights
from torchvision.models.segmentation._utils import _SimpleSegmentationModel, builder
from torchvision.models.segmentation.fcn import FCNHead


class DeepLabV3(_SimpleSegmentationModel):
    pass


class ASPPConv(nn.Sequential):
    def __init__(self, in_channels, out_channels, dilation):
        super().__init__(
            nn.Conv2d(in_channels, out_channels, 3, padding=dilation, dilation=dilation, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
        )


class ASPPPooling(nn.Sequential):
    def __init__(self, in_channels, out_channels):
        super().__init__(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(in_channels, out_channels, 1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
        )

    def forward(self, x):
        size = x.shape[-2:]
        for layer in self:
            x = layer(x)
        return F.interpolate(x, size=size, mode="bilinear", align_corners=False)


class ASPP(nn.Module):
    def __init__(self, in_channels, atrous_rates, out_channels=256):
        super().__init__()
        narrow = lambda inputs: (nn.Conv2d(inputs, out_channels, 1, bias=False), nn.BatchNorm2d(out_channels), nn.ReLU())
        branches = [nn.Sequential(*narrow(in_channels))]
        branches.extend([ASPPConv(in_channels, out_channels, rate) for rate in atrous_rates])
        branches.append(ASPPPooling(in_channels, out_channels))
        self.convs = nn.ModuleList(branches)
        self.project = nn.Sequential(*narrow(len(branches) * out_channels), nn.Dropout(0.5))

    def forward(self, x):
        return self.project(torch.cat([branch(x) for branch in self.convs], 1))


class DeepLabHead(nn.Sequential):
    def __init__(self, in_channels, num_classes, atrous_rates=(12, 24, 36)):
        super().__init__(
            ASPP(in_channels, atrous_rates),
            nn.Conv2d(256, 256, 3, padding=1, bias=False),
            nn.BatchNorm2d(256),
            nn.ReLU(),
            nn.Conv2d(256, num_classes, 1),
        )


deeplabv3_resnet50 = builder("deeplabv3_resnet50", "resnet50", DeepLabV3, DeepLabHead, FCNHead)
deeplabv3_resnet101 = builder("deeplabv3_resnet101", "resnet101", DeepLabV3, DeepLabHead, FCNHead)
DeepLabV3_ResNet50_Weights = DeepLabV3_ResNet101_Weights = Weights
