"""EfficientNet (Tan and Le 2019), B0 to B7."""

import math

import torch
from torch import nn
from torchvision.models._api import Weights, builder, make_divisible
from torchvision.ops.misc import Conv2dNormActivation, SqueezeExcitation
from torchvision.ops.stochastic_depth import StochasticDepth


class MBConv(nn.Module):
    def __init__(self, expand_ratio, kernel, stride, inputs, out, drop, norm):
        super().__init__()
        self.use_res_connect = stride == 1 and inputs == out
        expanded = make_divisible(inputs * expand_ratio, 8)
        layers = []
        if expanded != inputs:
            layers.append(Conv2dNormActivation(inputs, expanded, 1, norm_layer=norm, activation_layer=nn.SiLU))
        layers.append(
            Conv2dNormActivation(
                expanded, expanded, kernel, stride, groups=expanded, norm_layer=norm, activation_layer=nn.SiLU
            )
        )
        squeeze = max(1, inputs // 4)
        layers.append(SqueezeExcitation(expanded, squeeze, activation=lambda: nn.SiLU(inplace=True)))
        layers.append(Conv2dNormActivation(expanded, out, 1, norm_layer=norm, activation_layer=None))
        self.block = nn.Sequential(*layers)
        self.stochastic_depth = StochasticDepth(drop, "row")
        self.out_channels = out

    def forward(self, input):
        result = self.block(input)
        return self.stochastic_depth(result) + input if self.use_res_connect else result


# expansion, kernel, stride, input channels, output channels, layers
_STAGES = [
    (1, 3, 1, 32, 16, 1),
    (6, 3, 2, 16, 24, 2),
    (6, 5, 2, 24, 40, 2),
    (6, 3, 2, 40, 80, 3),
    (6, 5, 1, 80, 112, 3),
    (6, 5, 2, 112, 192, 4),
    (6, 3, 1, 192, 320, 1),
]


class EfficientNet(nn.Module):
    def __init__(self, width, depth, dropout, stochastic_depth_prob=0.2, num_classes=1000, norm_layer=None):
        super().__init__()
        norm = nn.BatchNorm2d if norm_layer is None else norm_layer
        wide = lambda channels: make_divisible(channels * width, 8)
        stages = [(e, k, s, wide(i), wide(o), int(math.ceil(n * depth))) for e, k, s, i, o, n in _STAGES]
        total = sum([stage[5] for stage in stages])
        layers = [Conv2dNormActivation(3, stages[0][3], 3, 2, norm_layer=norm, activation_layer=nn.SiLU)]
        index = 0
        for expand, kernel, stride, inputs, out, count in stages:
            stage = []
            for i in range(count):
                drop = stochastic_depth_prob * index / total
                first = i == 0
                stage.append(MBConv(expand, kernel, stride if first else 1, inputs if first else out, out, drop, norm))
                index += 1
            layers.append(nn.Sequential(*stage))
        last = stages[-1][4]
        layers.append(Conv2dNormActivation(last, 4 * last, 1, norm_layer=norm, activation_layer=nn.SiLU))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(dropout, inplace=True), nn.Linear(4 * last, num_classes))

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


def _efficientnet(name, width, depth, dropout, norm=None):
    return builder(name, lambda **kwargs: EfficientNet(width, depth, **{"dropout": dropout, "norm_layer": norm, **kwargs}))


def _fine_norm(channels):
    return nn.BatchNorm2d(channels, eps=0.001, momentum=0.01)


efficientnet_b0 = _efficientnet("efficientnet_b0", 1.0, 1.0, 0.2)
efficientnet_b1 = _efficientnet("efficientnet_b1", 1.0, 1.1, 0.2)
efficientnet_b2 = _efficientnet("efficientnet_b2", 1.1, 1.2, 0.3)
efficientnet_b3 = _efficientnet("efficientnet_b3", 1.2, 1.4, 0.3)
efficientnet_b4 = _efficientnet("efficientnet_b4", 1.4, 1.8, 0.4)
efficientnet_b5 = _efficientnet("efficientnet_b5", 1.6, 2.2, 0.4, _fine_norm)
efficientnet_b6 = _efficientnet("efficientnet_b6", 1.8, 2.6, 0.5, _fine_norm)
efficientnet_b7 = _efficientnet("efficientnet_b7", 2.0, 3.1, 0.5, _fine_norm)
EfficientNet_B0_Weights = EfficientNet_B1_Weights = EfficientNet_B2_Weights = EfficientNet_B3_Weights = Weights
EfficientNet_B4_Weights = EfficientNet_B5_Weights = EfficientNet_B6_Weights = EfficientNet_B7_Weights = Weights
