"""Losses, as values: there are no gradients."""

import math

import _braid
from torch import _creation, _math, _shape
from torch._core import convert, rank, reshape, shape_of
from torch.nn import _activation, _norm


def _mode(reduction, size_average, reduce):
    """The old arguments as the new one."""
    if size_average is None and reduce is None:
        return reduction
    if reduce is False:
        return "none"
    return "mean" if size_average is None or size_average else "sum"


def _reduced(values, reduction):
    if reduction == "none":
        return values
    if reduction == "sum":
        return values.sum()
    if reduction == "mean":
        return values.mean()
    raise ValueError(f"{reduction} is not a valid value for reduction")


def mse_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    difference = input - target
    return _reduced(difference * difference, _mode(reduction, size_average, reduce))


def l1_loss(input, target, size_average=None, reduce=None, reduction="mean"):
    return _reduced((input - target).abs(), _mode(reduction, size_average, reduce))


def smooth_l1_loss(input, target, size_average=None, reduce=None, reduction="mean", beta=1.0):
    d = (input - target).abs()
    values = d if beta == 0 else _math.where(d < beta, d * d * (0.5 / beta), d - 0.5 * beta)
    return _reduced(values, _mode(reduction, size_average, reduce))


def huber_loss(input, target, reduction="mean", delta=1.0, weight=None):
    d = (input - target).abs()
    return _reduced(_math.where(d <= delta, d * d * 0.5, (d - 0.5 * delta) * delta), reduction)


def nll_loss(input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean"):
    reduction = _mode(reduction, size_average, reduce)
    dim = 0 if rank(input) == 1 else 1
    kept = target != ignore_index
    index = _math.where(kept, target, 0)
    _braid.check_index(index, shape_of(input)[dim], False, "IndexError: Target {0} is out of bounds.")
    picked = -_shape.gather_unchecked(input, dim, index.unsqueeze(dim)).squeeze(dim)
    scale = convert(kept, input.dtype)
    if weight is not None:
        scale = scale * weight[index]
    values = picked * scale
    if reduction == "mean":
        return values.sum() / scale.sum()
    return _reduced(values, reduction)


def cross_entropy(
    input,
    target,
    weight=None,
    size_average=None,
    ignore_index=-100,
    reduce=None,
    reduction="mean",
    label_smoothing=0.0,
):
    reduction = _mode(reduction, size_average, reduce)
    dim = 0 if rank(input) == 1 else 1
    logs = _math.log_softmax(input, dim)
    classes = shape_of(input)[dim]
    if target.is_floating_point():
        if label_smoothing:
            target = target * (1 - label_smoothing) + label_smoothing / classes
        terms = -logs * target
        if weight is not None:
            terms = terms * _by_class(weight, rank(input), dim)
        values = terms.sum(dim)
        if reduction == "mean":
            return values.sum() / (values.numel() if rank(input) > 1 else 1)
        return _reduced(values, reduction)
    if not label_smoothing:
        return nll_loss(logs, target, weight, ignore_index=ignore_index, reduction=reduction)
    kept = convert(target != ignore_index, input.dtype)
    smooth = -(logs if weight is None else logs * _by_class(weight, rank(input), dim)).sum(dim) * kept
    plain = nll_loss(logs, target, weight, ignore_index=ignore_index, reduction="none")
    values = plain * (1 - label_smoothing) + smooth * (label_smoothing / classes)
    if reduction == "mean":
        total = kept if weight is None else weight[_math.where(target != ignore_index, target, 0)] * kept
        return values.sum() / total.sum()
    return _reduced(values, reduction)


def _by_class(weight, n, dim):
    return reshape(weight, [1] * dim + [shape_of(weight)[0]] + [1] * (n - dim - 1))


def binary_cross_entropy(input, target, weight=None, size_average=None, reduce=None, reduction="mean"):
    values = -(target * _math.log(input).clamp(min=-100) + (1 - target) * _math.log(1 - input).clamp(min=-100))
    if weight is not None:
        values = values * weight
    return _reduced(values, _mode(reduction, size_average, reduce))


def binary_cross_entropy_with_logits(
    input, target, weight=None, size_average=None, reduce=None, reduction="mean", pos_weight=None
):
    rest = _activation.softplus(-input)
    scale = 1 if pos_weight is None else (pos_weight - 1) * target + 1
    values = (1 - target) * input + scale * rest
    if weight is not None:
        values = values * weight
    return _reduced(values, _mode(reduction, size_average, reduce))


def kl_div(input, target, size_average=None, reduce=None, reduction="mean", log_target=False):
    values = target.exp() * (target - input) if log_target else _math.xlogy(target, target) - target * input
    if reduction == "batchmean":
        return values.sum() / shape_of(input)[0]
    return _reduced(values, _mode(reduction, size_average, reduce))


def hinge_embedding_loss(input, target, margin=1.0, size_average=None, reduce=None, reduction="mean"):
    values = _math.where(target == 1, input, (margin - input).clamp(min=0))
    return _reduced(values, _mode(reduction, size_average, reduce))


def margin_ranking_loss(input1, input2, target, margin=0.0, size_average=None, reduce=None, reduction="mean"):
    return _reduced((-target * (input1 - input2) + margin).clamp(min=0), _mode(reduction, size_average, reduce))


def soft_margin_loss(input, target, size_average=None, reduce=None, reduction="mean"):
    return _reduced(_math.log1p((-target * input).exp()), _mode(reduction, size_average, reduce))


def cosine_embedding_loss(input1, input2, target, margin=0.0, size_average=None, reduce=None, reduction="mean"):
    similarity = _norm.cosine_similarity(input1, input2, rank(input1) - 1)
    values = _math.where(target == 1, 1 - similarity, (similarity - margin).clamp(min=0))
    return _reduced(values, _mode(reduction, size_average, reduce))


def triplet_margin_loss(
    anchor, positive, negative, margin=1.0, p=2, eps=1e-6, swap=False, size_average=None, reduce=None, reduction="mean"
):
    near = _norm.pairwise_distance(anchor, positive, p, eps)
    far = _norm.pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = _math.minimum(far, _norm.pairwise_distance(positive, negative, p, eps))
    return _reduced((near - far + margin).clamp(min=0), _mode(reduction, size_average, reduce))


def gaussian_nll_loss(input, target, var, full=False, eps=1e-6, reduction="mean"):
    var = var.clamp(min=eps)
    difference = input - target
    values = 0.5 * (var.log() + difference * difference / var)
    if full:
        values = values + 0.5 * math.log(2 * math.pi)
    return _reduced(values, reduction)


def poisson_nll_loss(
    input, target, log_input=True, full=False, size_average=None, eps=1e-8, reduce=None, reduction="mean"
):
    if full:
        raise NotImplementedError("poisson_nll_loss with full=True is not supported")
    values = input.exp() - target * input if log_input else input - target * (input + eps).log()
    return _reduced(values, _mode(reduction, size_average, reduce))


def multi_margin_loss(input, target, p=1, margin=1.0, weight=None, size_average=None, reduce=None, reduction="mean"):
    index = target.unsqueeze(-1)
    own = input.gather(-1, index)
    terms = (margin - own + input).clamp(min=0) ** p
    if weight is not None:
        terms = terms * weight[target].unsqueeze(-1)
    terms = terms.scatter(-1, index, 0.0)
    return _reduced(terms.sum(-1) / shape_of(input)[-1], _mode(reduction, size_average, reduce))


def multilabel_soft_margin_loss(input, target, weight=None, size_average=None, reduce=None, reduction="mean"):
    values = -(target * _activation.logsigmoid(input) + (1 - target) * _activation.logsigmoid(-input))
    if weight is not None:
        values = values * weight
    return _reduced(values.mean(-1), _mode(reduction, size_average, reduce))


def multilabel_margin_loss(input, target, size_average=None, reduce=None, reduction="mean"):
    """The labels of a row stand before its first -1."""
    there = convert(target >= 0, "int64").cumprod(-1) > 0
    labels = _math.where(there, target, 0)
    own = input.gather(-1, labels)
    classes = shape_of(input)[-1]
    numbers = _creation.arange(classes)
    is_label = ((numbers.unsqueeze(-1) == labels.unsqueeze(-2)) & there.unsqueeze(-2)).any(-1)
    terms = (1 - own.unsqueeze(-1) + input.unsqueeze(-2)).clamp(min=0)
    counted = there.unsqueeze(-1) & is_label.logical_not().unsqueeze(-2)
    values = _math.where(counted, terms, 0.0).sum((-2, -1)) / classes
    return _reduced(values, _mode(reduction, size_average, reduce))


def triplet_margin_with_distance_loss(
    anchor, positive, negative, *, distance_function=None, margin=1.0, swap=False, reduction="mean"
):
    distance = _norm.pairwise_distance if distance_function is None else distance_function
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = _math.minimum(far, distance(positive, negative))
    return _reduced((margin + near - far).clamp(min=0), reduction)


def ctc_loss(*args, **kwargs):
    raise NotImplementedError("ctc_loss is not supported")
