"""The place where torchvision has this."""

from torchvision.ops.roi import DeformConv2d, deform_conv2d
