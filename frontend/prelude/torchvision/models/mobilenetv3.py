"""MobileNetV3 (Howard et al. 2019)."""

import torch
from torch import nn
from torchvision.models._api import Weights, builder, make_divisible
from torchvision.ops.misc import Conv2dNormActivation, SqueezeExcitation


def _norm(channels):
    return nn.BatchNorm2d(channels, eps=0.001, momentum=0.01)


class InvertedResidual(nn.Module):
    def __init__(self, inputs, kernel, expanded, out, use_se, activation, stride, dilation=1):
        super().__init__()
        self.use_res_connect = stride == 1 and inputs == out
        act = nn.Hardswish if activation == "HS" else nn.ReLU
        layers = []
        if expanded != inputs:
            layers.append(Conv2dNormActivation(inputs, expanded, 1, norm_layer=_norm, activation_layer=act))
        layers.append(
            Conv2dNormActivation(
                expanded,
                expanded,
                kernel,
                1 if dilation > 1 else stride,
                groups=expanded,
                norm_layer=_norm,
                activation_layer=act,
                dilation=dilation,
            )
        )
        if use_se:
            squeeze = make_divisible(expanded // 4, 8)
            layers.append(SqueezeExcitation(expanded, squeeze, scale_activation=nn.Hardsigmoid))
        layers.append(Conv2dNormActivation(expanded, out, 1, norm_layer=_norm, activation_layer=None))
        self.block = nn.Sequential(*layers)
        self.out_channels = out

    def forward(self, input):
        result = self.block(input)
        return result + input if self.use_res_connect else result


# input channels, kernel, expanded channels, output channels, squeeze-and-excitation, activation, stride
_LARGE = [
    (16, 3, 16, 16, False, "RE", 1),
    (16, 3, 64, 24, False, "RE", 2),
    (24, 3, 72, 24, False, "RE", 1),
    (24, 5, 72, 40, True, "RE", 2),
    (40, 5, 120, 40, True, "RE", 1),
    (40, 5, 120, 40, True, "RE", 1),
    (40, 3, 240, 80, False, "HS", 2),
    (80, 3, 200, 80, False, "HS", 1),
    (80, 3, 184, 80, False, "HS", 1),
    (80, 3, 184, 80, False, "HS", 1),
    (80, 3, 480, 112, True, "HS", 1),
    (112, 3, 672, 112, True, "HS", 1),
    (112, 5, 672, 160, True, "HS", 2),
    (160, 5, 960, 160, True, "HS", 1),
    (160, 5, 960, 160, True, "HS", 1),
]
_SMALL = [
    (16, 3, 16, 16, True, "RE", 2),
    (16, 3, 72, 24, False, "RE", 2),
    (24, 3, 88, 24, False, "RE", 1),
    (24, 5, 96, 40, True, "HS", 2),
    (40, 5, 240, 40, True, "HS", 1),
    (40, 5, 240, 40, True, "HS", 1),
    (40, 5, 120, 48, True, "HS", 1),
    (48, 5, 144, 48, True, "HS", 1),
    (48, 5, 288, 96, True, "HS", 2),
    (96, 5, 576, 96, True, "HS", 1),
    (96, 5, 576, 96, True, "HS", 1),
]


class MobileNetV3(nn.Module):
    def __init__(self, setting, last_channel, num_classes=1000, dropout=0.2):
        super().__init__()
        layers = [Conv2dNormActivation(3, 16, 3, 2, norm_layer=_norm, activation_layer=nn.Hardswish)]
        for row in setting:
            layers.append(InvertedResidual(*row))
        out = setting[-1][3]
        layers.append(Conv2dNormActivation(out, 6 * out, 1, norm_layer=_norm, activation_layer=nn.Hardswish))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(
            nn.Linear(6 * out, last_channel),
            nn.Hardswish(inplace=True),
            nn.Dropout(dropout, inplace=True),
            nn.Linear(last_channel, num_classes),
        )

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


mobilenet_v3_large = builder("mobilenet_v3_large", lambda **kwargs: MobileNetV3(_LARGE, 1280, **kwargs))
mobilenet_v3_small = builder("mobilenet_v3_small", lambda **kwargs: MobileNetV3(_SMALL, 1024, **kwargs))
MobileNet_V3_Large_Weights = MobileNet_V3_Small_Weights = Weights
