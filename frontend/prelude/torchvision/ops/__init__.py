"""The building blocks of torchvision that its backbones and other sources use."""

from torchvision.ops import boxes, misc, stochastic_depth as _stochastic_depth
from torchvision.ops.boxes import (
    batched_nms,
    box_area,
    box_convert,
    box_iou,
    clip_boxes_to_image,
    distance_box_iou,
    generalized_box_iou,
    masks_to_boxes,
    nms,
    remove_small_boxes,
)
from torchvision.ops.drop_block import DropBlock2d, DropBlock3d, drop_block2d, drop_block3d
from torchvision.ops.feature_pyramid_network import FeaturePyramidNetwork
from torchvision.ops.focal_loss import sigmoid_focal_loss
from torchvision.ops.roi import (
    DeformConv2d,
    MultiScaleRoIAlign,
    RoIAlign,
    RoIPool,
    deform_conv2d,
    roi_align,
    roi_pool,
)
from torchvision.ops.misc import (
    MLP,
    Conv2dNormActivation,
    Conv3dNormActivation,
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


ps_roi_align = _refuse("ps_roi_align")
ps_roi_pool = _refuse("ps_roi_pool")
PSRoIAlign = _refuse("PSRoIAlign")
PSRoIPool = _refuse("PSRoIPool")
