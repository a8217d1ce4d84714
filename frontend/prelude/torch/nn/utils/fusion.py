"""Batch normalisation folded into the layer before it."""

import copy

import torch
from torch.nn.parameter import Parameter


def fuse_conv_bn_weights(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, transpose=False):
    """The weight and bias of one convolution that does what the convolution and the normalisation after it do."""
    bias = torch.zeros_like(bn_rm) if conv_b is None else conv_b
    scale = torch.ones_like(bn_rm) if bn_w is None else bn_w
    shift = torch.zeros_like(bn_rm) if bn_b is None else bn_b
    shape = [1] * conv_w.dim()
    shape[1 if transpose else 0] = -1
    factor = scale * torch.rsqrt(bn_rv + bn_eps)
    return Parameter(conv_w * factor.reshape(shape)), Parameter((bias - bn_rm) * factor + shift)


def fuse_linear_bn_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b):
    bias = torch.zeros_like(bn_rm) if linear_b is None else linear_b
    factor = bn_w * torch.rsqrt(bn_rv + bn_eps)
    return Parameter(linear_w * factor.unsqueeze(-1)), Parameter((bias - bn_rm) * factor + bn_b)


def fuse_conv_bn_eval(conv, bn, transpose=False):
    fused = copy.deepcopy(conv)
    weight, bias = fuse_conv_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, transpose
    )
    fused.weight, fused.bias = weight, bias
    return fused


def fuse_linear_bn_eval(linear, bn):
    fused = copy.deepcopy(linear)
    weight, bias = fuse_linear_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias
    )
    fused.weight, fused.bias = weight, bias
    return fused
