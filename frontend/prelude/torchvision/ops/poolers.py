"""The place where torchvision has this."""

from torchvision.ops.roi import MultiScaleRoIAlign
