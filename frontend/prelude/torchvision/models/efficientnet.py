"""EfficientNet (Tan and Le 2019), B0 to B7, and its second version (2021)."""

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


class FusedMBConv(nn.Module):
    """One full convolution in place of the expanding and the depthwise one."""

    def __init__(self, expand_ratio, kernel, stride, inputs, out, drop, norm):
        super().__init__()
        self.use_res_connect = stride == 1 and inputs == out
        expanded = make_divisible(inputs * expand_ratio, 8)
        if expanded != inputs:
            layers = [
                Conv2dNormActivation(inputs, expanded, kernel, stride, norm_layer=norm, activation_layer=nn.SiLU),
                Conv2dNormActivation(expanded, out, 1, norm_layer=norm, activation_layer=None),
            ]
        else:
            layers = [Conv2dNormActivation(inputs, out, kernel, stride, norm_layer=norm, activation_layer=nn.SiLU)]
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
    def __init__(
        self,
        width,
        depth,
        dropout,
        stochastic_depth_prob=0.2,
        num_classes=1000,
        norm_layer=None,
        stages=_STAGES,
        fused=0,
        last_channel=None,
    ):
        super().__init__()
        norm = nn.BatchNorm2d if norm_layer is None else norm_layer
        wide = lambda channels: make_divisible(channels * width, 8)
        stages = [(e, k, s, wide(i), wide(o), int(math.ceil(n * depth))) for e, k, s, i, o, n in stages]
        total = sum([stage[5] for stage in stages])
        layers = [Conv2dNormActivation(3, stages[0][3], 3, 2, norm_layer=norm, activation_layer=nn.SiLU)]
        index = 0
        for place, (expand, kernel, stride, inputs, out, count) in enumerate(stages):
            block = FusedMBConv if place < fused else MBConv
            stage = []
            for i in range(count):
                drop = stochastic_depth_prob * index / total
                first = i == 0
                stage.append(block(expand, kernel, stride if first else 1, inputs if first else out, out, drop, norm))
                index += 1
            layers.append(nn.Sequential(*stage))
        last = stages[-1][4]
        head = 4 * last if last_channel is None else last_channel
        layers.append(Conv2dNormActivation(last, head, 1, norm_layer=norm, activation_layer=nn.SiLU))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(dropout, inplace=True), nn.Linear(head, num_classes))

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


def _second(name, stages, dropout):
    fixed = {"dropout": dropout, "norm_layer": lambda channels: nn.BatchNorm2d(channels, eps=0.001)}
    fixed.update(stages=stages, fused=3, last_channel=1280)
    return builder(name, lambda **kwargs: EfficientNet(1.0, 1.0, **{**fixed, **kwargs}))


_SMALL = [
    (1, 3, 1, 24, 24, 2),
    (4, 3, 2, 24, 48, 4),
    (4, 3, 2, 48, 64, 4),
    (4, 3, 2, 64, 128, 6),
    (6, 3, 1, 128, 160, 9),
    (6, 3, 2, 160, 256, 15),
]
_MEDIUM = [
    (1, 3, 1, 24, 24, 3),
    (4, 3, 2, 24, 48, 5),
    (4, 3, 2, 48, 80, 5),
    (4, 3, 2, 80, 160, 7),
    (6, 3, 1, 160, 176, 14),
    (6, 3, 2, 176, 304, 18),
    (6, 3, 1, 304, 512, 5),
]
_LARGE = [
    (1, 3, 1, 32, 32, 4),
    (4, 3, 2, 32, 64, 7),
    (4, 3, 2, 64, 96, 7),
    (4, 3, 2, 96, 192, 10),
    (6, 3, 1, 192, 224, 19),
    (6, 3, 2, 224, 384, 25),
    (6, 3, 1, 384, 640, 7),
]
efficientnet_v2_s = _second("efficientnet_v2_s", _SMALL, 0.2)
efficientnet_v2_m = _second("efficientnet_v2_m", _MEDIUM, 0.3)
efficientnet_v2_l = _second("efficientnet_v2_l", _LARGE, 0.4)
EfficientNet_V2_S_Weights = EfficientNet_V2_M_Weights = EfficientNet_V2_L_Weights = Weights
