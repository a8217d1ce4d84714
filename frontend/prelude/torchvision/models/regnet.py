"""RegNet (Radosavovic et al. 2020): the widths of the blocks follow a quantised line."""

import math
from collections import OrderedDict

import torch
from torch import nn
from torchvision.models._api import Weights, builder, make_divisible
from torchvision.ops.misc import Conv2dNormActivation, SqueezeExcitation


class BottleneckTransform(nn.Sequential):
    def __init__(self, width_in, width_out, stride, norm, activation, group_width, bottleneck_multiplier, se_ratio):
        inner = int(round(width_out * bottleneck_multiplier))
        settings = {"norm_layer": norm, "activation_layer": activation}
        layers = OrderedDict()
        layers["a"] = Conv2dNormActivation(width_in, inner, 1, 1, **settings)
        layers["b"] = Conv2dNormActivation(inner, inner, 3, stride, groups=inner // group_width, **settings)
        if se_ratio:
            layers["se"] = SqueezeExcitation(inner, int(round(se_ratio * width_in)), activation=activation)
        layers["c"] = Conv2dNormActivation(inner, width_out, 1, 1, norm_layer=norm, activation_layer=None)
        super().__init__(layers)


class ResBottleneckBlock(nn.Module):
    def __init__(self, width_in, width_out, stride, norm, activation, group_width, bottleneck_multiplier, se_ratio):
        super().__init__()
        self.proj = None
        if width_in != width_out or stride != 1:
            self.proj = Conv2dNormActivation(width_in, width_out, 1, stride, norm_layer=norm, activation_layer=None)
        self.f = BottleneckTransform(
            width_in, width_out, stride, norm, activation, group_width, bottleneck_multiplier, se_ratio
        )
        self.activation = activation(inplace=True)

    def forward(self, x):
        return self.activation((x if self.proj is None else self.proj(x)) + self.f(x))


class BlockParams:
    """The stages of a network: their widths, depths and group widths."""

    def __init__(self, depths, widths, group_widths, bottleneck_multipliers, strides, se_ratio=None):
        self.depths = depths
        self.widths = widths
        self.group_widths = group_widths
        self.bottleneck_multipliers = bottleneck_multipliers
        self.strides = strides
        self.se_ratio = se_ratio

    @classmethod
    def from_init_params(
        cls, depth, w_0, w_a, w_m, group_width, bottleneck_multiplier=1.0, se_ratio=None, **kwargs
    ):
        if w_a < 0 or w_0 <= 0 or w_m <= 1 or w_0 % 8 != 0:
            raise ValueError("Invalid RegNet settings")
        powers = [round(math.log((i * w_a + w_0) / w_0) / math.log(w_m)) for i in range(depth)]
        every = [int(round(w_0 * w_m**power / 8) * 8) for power in powers]
        widths, depths = [], []
        for width in every:
            if widths and widths[-1] == width:
                depths[-1] += 1
            else:
                widths.append(width)
                depths.append(1)
        groups = []
        for i, width in enumerate(widths):
            inner = int(width * bottleneck_multiplier)
            groups.append(min(group_width, inner))
            widths[i] = int(make_divisible(inner, groups[-1]) / bottleneck_multiplier)
        n = len(widths)
        return cls(depths, widths, groups, [bottleneck_multiplier] * n, [2] * n, se_ratio)


class RegNet(nn.Module):
    def __init__(self, block_params, num_classes=1000, stem_width=32, norm_layer=None, activation=None):
        super().__init__()
        norm = nn.BatchNorm2d if norm_layer is None else norm_layer
        activation = nn.ReLU if activation is None else activation
        self.stem = Conv2dNormActivation(3, stem_width, 3, 2, norm_layer=norm, activation_layer=activation)
        p = block_params
        current = stem_width
        stages = []
        for i, (width, depth) in enumerate(zip(p.widths, p.depths)):
            blocks = OrderedDict()
            for k in range(depth):
                blocks[f"block{i + 1}-{k}"] = ResBottleneckBlock(
                    width if k else current,
                    width,
                    1 if k else p.strides[i],
                    norm,
                    activation,
                    p.group_widths[i],
                    p.bottleneck_multipliers[i],
                    p.se_ratio,
                )
            stages.append((f"block{i + 1}", nn.Sequential(blocks)))
            current = width
        self.trunk_output = nn.Sequential(OrderedDict(stages))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(current, num_classes)

    def forward(self, x):
        x = self.trunk_output(self.stem(x))
        return self.fc(torch.flatten(self.avgpool(x), 1))


def _regnet(name, depth, w_0, w_a, w_m, group_width, se_ratio=None):
    def make(**kwargs):
        return RegNet(BlockParams.from_init_params(depth, w_0, w_a, w_m, group_width, se_ratio=se_ratio), **kwargs)

    return builder(name, make)


regnet_y_400mf = _regnet("regnet_y_400mf", 16, 48, 27.89, 2.09, 8, 0.25)
regnet_y_800mf = _regnet("regnet_y_800mf", 14, 56, 38.84, 2.4, 16, 0.25)
regnet_y_1_6gf = _regnet("regnet_y_1_6gf", 27, 48, 20.71, 2.65, 24, 0.25)
regnet_y_3_2gf = _regnet("regnet_y_3_2gf", 21, 80, 42.63, 2.66, 24, 0.25)
regnet_y_8gf = _regnet("regnet_y_8gf", 17, 192, 76.82, 2.19, 56, 0.25)
regnet_y_16gf = _regnet("regnet_y_16gf", 18, 200, 106.23, 2.48, 112, 0.25)
regnet_y_32gf = _regnet("regnet_y_32gf", 20, 232, 115.89, 2.53, 232, 0.25)
regnet_y_128gf = _regnet("regnet_y_128gf", 27, 456, 160.83, 2.52, 264, 0.25)
regnet_x_400mf = _regnet("regnet_x_400mf", 22, 24, 24.48, 2.54, 16)
regnet_x_800mf = _regnet("regnet_x_800mf", 16, 56, 35.73, 2.28, 16)
regnet_x_1_6gf = _regnet("regnet_x_1_6gf", 18, 80, 34.01, 2.25, 24)
regnet_x_3_2gf = _regnet("regnet_x_3_2gf", 25, 88, 26.31, 2.25, 48)
regnet_x_8gf = _regnet("regnet_x_8gf", 23, 80, 49.56, 2.88, 120)
regnet_x_16gf = _regnet("regnet_x_16gf", 22, 216, 55.59, 2.1, 128)
regnet_x_32gf = _regnet("regnet_x_32gf", 23, 320, 69.86, 2.0, 168)
RegNet_Y_400MF_Weights = RegNet_Y_800MF_Weights = RegNet_Y_1_6GF_Weights = RegNet_Y_3_2GF_Weights = Weights
RegNet_Y_8GF_Weights = RegNet_Y_16GF_Weights = RegNet_Y_32GF_Weights = RegNet_Y_128GF_Weights = Weights
RegNet_X_400MF_Weights = RegNet_X_800MF_Weights = RegNet_X_1_6GF_Weights = RegNet_X_3_2GF_Weights = Weights
RegNet_X_8GF_Weights = RegNet_X_16GF_Weights = RegNet_X_32GF_Weights = Weights
