"""Losses as layers."""

from torch.nn import functional as F
from torch.nn.modules.module import Module

_OLD = (("size_average", None), ("reduce", None), ("reduction", "mean"))


class _Loss(Module):
    """A loss: its settings, in the order of the constructor, are named arguments of its function."""

    settings = ()
    tensors = ()

    def __init__(self, *args, **kwargs):
        super().__init__()
        for i, (name, default) in enumerate(self.settings):
            value = args[i] if i < len(args) else kwargs.pop(name, default)
            if name in self.tensors:
                self.register_buffer(name, value)
            else:
                setattr(self, name, value)
        for name in kwargs:
            raise TypeError(f"{type(self).__name__} got an unexpected argument '{name}'")

    def forward(self, *inputs):
        return self.compute(*inputs, **{name: getattr(self, name) for name, _ in self.settings})


def _loss(name, function, *settings, tensors=()):
    def compute(self, *inputs, **named):
        return function(*inputs, **named)

    return type(name, (_Loss,), {"settings": settings, "tensors": tensors, "compute": compute})


_WEIGHT = ("weight", None)
L1Loss = _loss("L1Loss", F.l1_loss, *_OLD)
MSELoss = _loss("MSELoss", F.mse_loss, *_OLD)
SmoothL1Loss = _loss("SmoothL1Loss", F.smooth_l1_loss, *_OLD, ("beta", 1.0))
HuberLoss = _loss("HuberLoss", F.huber_loss, ("reduction", "mean"), ("delta", 1.0))
CrossEntropyLoss = _loss(
    "CrossEntropyLoss",
    F.cross_entropy,
    _WEIGHT,
    ("size_average", None),
    ("ignore_index", -100),
    ("reduce", None),
    ("reduction", "mean"),
    ("label_smoothing", 0.0),
    tensors=("weight",),
)
NLLLoss = _loss(
    "NLLLoss",
    F.nll_loss,
    _WEIGHT,
    ("size_average", None),
    ("ignore_index", -100),
    ("reduce", None),
    ("reduction", "mean"),
    tensors=("weight",),
)
NLLLoss2d = NLLLoss
BCELoss = _loss("BCELoss", F.binary_cross_entropy, _WEIGHT, *_OLD, tensors=("weight",))
BCEWithLogitsLoss = _loss(
    "BCEWithLogitsLoss",
    F.binary_cross_entropy_with_logits,
    _WEIGHT,
    *_OLD,
    ("pos_weight", None),
    tensors=("weight", "pos_weight"),
)
KLDivLoss = _loss("KLDivLoss", F.kl_div, *_OLD, ("log_target", False))
HingeEmbeddingLoss = _loss("HingeEmbeddingLoss", F.hinge_embedding_loss, ("margin", 1.0), *_OLD)
MarginRankingLoss = _loss("MarginRankingLoss", F.margin_ranking_loss, ("margin", 0.0), *_OLD)
SoftMarginLoss = _loss("SoftMarginLoss", F.soft_margin_loss, *_OLD)
CosineEmbeddingLoss = _loss("CosineEmbeddingLoss", F.cosine_embedding_loss, ("margin", 0.0), *_OLD)
TripletMarginLoss = _loss(
    "TripletMarginLoss",
    F.triplet_margin_loss,
    ("margin", 1.0),
    ("p", 2.0),
    ("eps", 1e-6),
    ("swap", False),
    *_OLD,
)
GaussianNLLLoss = _loss("GaussianNLLLoss", F.gaussian_nll_loss, ("full", False), ("eps", 1e-6), ("reduction", "mean"))
PoissonNLLLoss = _loss(
    "PoissonNLLLoss",
    F.poisson_nll_loss,
    ("log_input", True),
    ("full", False),
    ("size_average", None),
    ("eps", 1e-8),
    ("reduce", None),
    ("reduction", "mean"),
)
MultiMarginLoss = _loss(
    "MultiMarginLoss", F.multi_margin_loss, ("p", 1), ("margin", 1.0), _WEIGHT, *_OLD, tensors=("weight",)
)
MultiLabelSoftMarginLoss = _loss(
    "MultiLabelSoftMarginLoss", F.multilabel_soft_margin_loss, _WEIGHT, *_OLD, tensors=("weight",)
)


class CTCLoss(Module):
    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, *args):
        raise NotImplementedError("CTCLoss is not supported")

MultiLabelMarginLoss = _loss("MultiLabelMarginLoss", F.multilabel_margin_loss, *_OLD)


class TripletMarginWithDistanceLoss(Module):
    def __init__(self, *, distance_function=None, margin=1.0, swap=False, reduction="mean"):
        super().__init__()
        self.distance_function = distance_function
        self.margin = margin
        self.swap = swap
        self.reduction = reduction

    def forward(self, anchor, positive, negative):
        return F.triplet_margin_with_distance_loss(
            anchor,
            positive,
            negative,
            distance_function=self.distance_function,
            margin=self.margin,
            swap=self.swap,
            reduction=self.reduction,
        )
