"""The building blocks of torchvision that its backbones and other sources use."""

from torchvision.ops import boxes, misc, stochastic_depth as _stochastic_depth
from torchvision.ops.boxes import (
    batched_nms,
    box_area,
    box_convert,
    box_iou,
    clip_boxes_to_image,
    nms,
    remove_small_boxes,
)
from torchvision.ops.misc import (
    MLP,
    Conv2dNormActivation,
    ConvNormActivation,
    FrozenBatchNorm2d,
    Permute,
    SqueezeExcitation,
)
from torchvision.ops.stochastic_depth import StochasticDepth, stochastic_depth


def _refuse(name):
    def function(*args, **kwargs):
        raise NotImplementedError(f"torchvision.ops.{name} is not supported")

    return function


roi_align = _refuse("roi_align")
roi_pool = _refuse("roi_pool")
deform_conv2d = _refuse("deform_conv2d")
