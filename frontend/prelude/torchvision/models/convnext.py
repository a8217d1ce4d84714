"""ConvNeXt (Liu et al. 2022)."""

import torch
from torch import nn
from torchvision.models._api import Weights, builder
from torchvision.ops.misc import Conv2dNormActivation, Permute
from torchvision.ops.stochastic_depth import StochasticDepth


class LayerNorm2d(nn.LayerNorm):
    def forward(self, x):
        x = x.permute(0, 2, 3, 1)
        x = nn.functional.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)
        return x.permute(0, 3, 1, 2)


def _norm(channels):
    return LayerNorm2d(channels, eps=1e-6)


class CNBlock(nn.Module):
    def __init__(self, dim, layer_scale, stochastic_depth_prob, norm_layer=None):
        super().__init__()
        self.block = nn.Sequential(
            nn.Conv2d(dim, dim, 7, padding=3, groups=dim, bias=True),
            Permute([0, 2, 3, 1]),
            nn.LayerNorm(dim, eps=1e-6),
            nn.Linear(dim, 4 * dim),
            nn.GELU(),
            nn.Linear(4 * dim, dim),
            Permute([0, 3, 1, 2]),
        )
        self.layer_scale = nn.Parameter(torch.ones(dim, 1, 1) * layer_scale)
        self.stochastic_depth = StochasticDepth(stochastic_depth_prob, "row")

    def forward(self, input):
        return self.stochastic_depth(self.layer_scale * self.block(input)) + input


class ConvNeXt(nn.Module):
    def __init__(self, widths, depths, stochastic_depth_prob=0.0, layer_scale=1e-6, num_classes=1000):
        super().__init__()
        layers = [Conv2dNormActivation(3, widths[0], 4, 4, 0, norm_layer=_norm, activation_layer=None, bias=True)]
        total = sum(depths)
        index = 0
        for i, (width, depth) in enumerate(zip(widths, depths)):
            stage = []
            for _ in range(depth):
                drop = stochastic_depth_prob * index / (total - 1.0)
                stage.append(CNBlock(width, layer_scale, drop))
                index += 1
            layers.append(nn.Sequential(*stage))
            if i + 1 < len(widths):
                layers.append(nn.Sequential(_norm(width), nn.Conv2d(width, widths[i + 1], 2, 2)))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(_norm(widths[-1]), nn.Flatten(1), nn.Linear(widths[-1], num_classes))

    def forward(self, x):
        return self.classifier(self.avgpool(self.features(x)))


def _convnext(name, widths, depths):
    return builder(name, lambda **kwargs: ConvNeXt(widths, depths, **kwargs))


convnext_tiny = _convnext("convnext_tiny", [96, 192, 384, 768], [3, 3, 9, 3])
convnext_small = _convnext("convnext_small", [96, 192, 384, 768], [3, 3, 27, 3])
convnext_base = _convnext("convnext_base", [128, 256, 512, 1024], [3, 3, 27, 3])
convnext_large = _convnext("convnext_large", [192, 384, 768, 1536], [3, 3, 27, 3])
ConvNeXt_Tiny_Weights = ConvNeXt_Small_Weights = ConvNeXt_Base_Weights = ConvNeXt_Large_Weights = Weights
