"""What the segmentation networks share."""

from collections import OrderedDict

from torch import nn
from torch.nn import functional as F
from torchvision.models import resnet
from torchvision.models._utils import IntermediateLayerGetter


class _SimpleSegmentationModel(nn.Module):
    def __init__(self, backbone, classifier, aux_classifier=None):
        super().__init__()
        self.backbone = backbone
        self.classifier = classifier
        self.aux_classifier = aux_classifier

    def forward(self, x):
        size = x.shape[-2:]
        features = self.backbone(x)
        enlarged = lambda y: F.interpolate(y, size=size, mode="bilinear", align_corners=False)
        result = OrderedDict()
        result["out"] = enlarged(self.classifier(features["out"]))
        if self.aux_classifier is not None:
            result["aux"] = enlarged(self.aux_classifier(features["aux"]))
        return result


def builder(name, backbone, network, head, aux_head):
    def build(pretrained=False, progress=True, num_classes=21, aux_loss=None, weights=None, **kwargs):
        # PyTorch's published checkpoints have the second head.
        aux = bool(aux_loss) if aux_loss is not None else bool(pretrained or weights)
        base = getattr(resnet, backbone)(replace_stride_with_dilation=[False, True, True])
        layers = {"layer4": "out", "layer3": "aux"} if aux else {"layer4": "out"}
        classes = 21 if num_classes is None else num_classes
        return network(
            IntermediateLayerGetter(base, layers), head(2048, classes), aux_head(1024, classes) if aux else None
        )

    build.__name__ = name
    return build
