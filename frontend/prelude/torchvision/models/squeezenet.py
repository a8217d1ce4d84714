"""SqueezeNet (Iandola et al. 2016)."""

import torch
from torch import nn
from torchvision.models._api import Weights, builder


class Fire(nn.Module):
    def __init__(self, inplanes, squeeze_planes, expand1x1_planes, expand3x3_planes):
        super().__init__()
        self.inplanes = inplanes
        self.squeeze = nn.Conv2d(inplanes, squeeze_planes, 1)
        self.squeeze_activation = nn.ReLU(inplace=True)
        self.expand1x1 = nn.Conv2d(squeeze_planes, expand1x1_planes, 1)
        self.expand1x1_activation = nn.ReLU(inplace=True)
        self.expand3x3 = nn.Conv2d(squeeze_planes, expand3x3_planes, 3, padding=1)
        self.expand3x3_activation = nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.squeeze_activation(self.squeeze(x))
        narrow = self.expand1x1_activation(self.expand1x1(x))
        return torch.cat([narrow, self.expand3x3_activation(self.expand3x3(x))], 1)


def _pool():
    return nn.MaxPool2d(3, 2, ceil_mode=True)


class SqueezeNet(nn.Module):
    def __init__(self, version="1_0", num_classes=1000, dropout=0.5):
        super().__init__()
        self.num_classes = num_classes
        first = [Fire(64, 16, 64, 64), Fire(128, 16, 64, 64)]
        middle = [Fire(128, 32, 128, 128), Fire(256, 32, 128, 128)]
        last = [Fire(256, 48, 192, 192), Fire(384, 48, 192, 192), Fire(384, 64, 256, 256), Fire(512, 64, 256, 256)]
        if version == "1_0":
            stem = [nn.Conv2d(3, 96, 7, 2), nn.ReLU(inplace=True), _pool()]
            first[0] = Fire(96, 16, 64, 64)
            layers = stem + first + [middle[0], _pool(), middle[1]] + last[:3] + [_pool(), last[3]]
        elif version == "1_1":
            stem = [nn.Conv2d(3, 64, 3, 2), nn.ReLU(inplace=True), _pool()]
            layers = stem + first + [_pool()] + middle + [_pool()] + last
        else:
            raise ValueError(f"Unsupported SqueezeNet version {version}: 1_0 or 1_1 expected")
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Dropout(dropout), nn.Conv2d(512, num_classes, 1), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d((1, 1))
        )

    def forward(self, x):
        return torch.flatten(self.classifier(self.features(x)), 1)


squeezenet1_0 = builder("squeezenet1_0", lambda **kwargs: SqueezeNet("1_0", **kwargs))
squeezenet1_1 = builder("squeezenet1_1", lambda **kwargs: SqueezeNet("1_1", **kwargs))
SqueezeNet1_0_Weights = SqueezeNet1_1_Weights = Weights
