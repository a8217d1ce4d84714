"""VGG (Simonyan and Zisserman 2015)."""

import torch
from torch import nn
from torchvision.models._api import Weights, builder

cfgs = {
    "A": [64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
    "B": [64, 64, "M", 128, 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
    "D": [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M"],
    "E": [64, 64, "M", 128, 128, "M"] + [256] * 4 + ["M"] + [512] * 4 + ["M"] + [512] * 4 + ["M"],
}


def make_layers(cfg, batch_norm=False):
    layers = []
    channels = 3
    for width in cfg:
        if width == "M":
            layers.append(nn.MaxPool2d(2, 2))
            continue
        layers.append(nn.Conv2d(channels, width, 3, padding=1))
        if batch_norm:
            layers.append(nn.BatchNorm2d(width))
        layers.append(nn.ReLU(inplace=True))
        channels = width
    return nn.Sequential(*layers)


class VGG(nn.Module):
    def __init__(self, features, num_classes=1000, init_weights=True, dropout=0.5):
        super().__init__()
        self.features = features
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096),
            nn.ReLU(True),
            nn.Dropout(dropout),
            nn.Linear(4096, 4096),
            nn.ReLU(True),
            nn.Dropout(dropout),
            nn.Linear(4096, num_classes),
        )

    def forward(self, x):
        x = self.avgpool(self.features(x))
        return self.classifier(torch.flatten(x, 1))


def _vgg(name, cfg, batch_norm):
    return builder(name, lambda **kwargs: VGG(make_layers(cfgs[cfg], batch_norm), **kwargs))


vgg11 = _vgg("vgg11", "A", False)
vgg11_bn = _vgg("vgg11_bn", "A", True)
vgg13 = _vgg("vgg13", "B", False)
vgg13_bn = _vgg("vgg13_bn", "B", True)
vgg16 = _vgg("vgg16", "D", False)
vgg16_bn = _vgg("vgg16_bn", "D", True)
vgg19 = _vgg("vgg19", "E", False)
vgg19_bn = _vgg("vgg19_bn", "E", True)

VGG11_Weights = VGG13_Weights = VGG16_Weights = VGG19_Weights = Weights
VGG11_BN_Weights = VGG13_BN_Weights = VGG16_BN_Weights = VGG19_BN_Weights = Weights
