"""Losses, as values."""

import torch
from onnx._values import op

# No class has this number, so that none is left out.
_NONE = -(2**31) - 1


@op
def NegativeLogLikelihoodLoss(logs, target, weight=None, *, ignore_index=None, reduction="mean"):
    return torch.nn.functional.nll_loss(
        logs,
        target.to(torch.int64),
        weight,
        ignore_index=_NONE if ignore_index is None else ignore_index,
        reduction=reduction,
    )


@op
def SoftmaxCrossEntropyLoss(scores, labels, weights=None, *, ignore_index=None, reduction="mean"):
    logs = torch.log_softmax(scores, 1)
    loss = NegativeLogLikelihoodLoss(logs, labels, weights, ignore_index=ignore_index, reduction=reduction)
    return loss, logs
