"""Transforms of tensors; those that need images or randomness are names only."""

import torch
from torchvision.transforms import functional


class Compose:
    def __init__(self, transforms):
        self.transforms = transforms

    def __call__(self, x):
        for t in self.transforms:
            x = t(x)
        return x


class Normalize(torch.nn.Module):
    def __init__(self, mean, std, inplace=False):
        super().__init__()
        self.mean = mean
        self.std = std

    def forward(self, tensor):
        return functional.normalize(tensor, self.mean, self.std)


class Resize(torch.nn.Module):
    def __init__(self, size, *args, **kwargs):
        super().__init__()
        self.size = size

    def forward(self, tensor):
        return functional.resize(tensor, self.size)


class CenterCrop(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.size = size

    def forward(self, tensor):
        return functional.center_crop(tensor, self.size)


class Lambda:
    def __init__(self, function):
        self.function = function

    def __call__(self, x):
        return self.function(x)


class ToTensor:
    def __call__(self, x):
        if isinstance(x, torch.Tensor):
            return x
        raise NotImplementedError("ToTensor takes images, which are not supported: give the network a tensor")


def _named(name):
    class Transform:
        def __init__(self, *args, **kwargs):
            self.name = name

        def __call__(self, x):
            raise NotImplementedError(f"torchvision.transforms.{self.name} is not supported")

    return Transform


RandomCrop = _named("RandomCrop")
RandomHorizontalFlip = _named("RandomHorizontalFlip")
RandomVerticalFlip = _named("RandomVerticalFlip")
RandomResizedCrop = _named("RandomResizedCrop")
RandomRotation = _named("RandomRotation")
RandomAffine = _named("RandomAffine")
RandomErasing = _named("RandomErasing")
RandomApply = _named("RandomApply")
RandomGrayscale = _named("RandomGrayscale")
ColorJitter = _named("ColorJitter")
Grayscale = _named("Grayscale")
Pad = _named("Pad")
FiveCrop = _named("FiveCrop")
TenCrop = _named("TenCrop")
ToPILImage = _named("ToPILImage")
PILToTensor = _named("PILToTensor")
AutoAugment = _named("AutoAugment")
Scale = Resize
InterpolationMode = functional.InterpolationMode
