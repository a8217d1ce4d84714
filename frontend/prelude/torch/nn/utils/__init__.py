"""`torch.nn.utils`."""

import torch
from torch.nn.utils import rnn
from torch.nn.utils.parametrizations import remove_weight_norm, spectral_norm, weight_norm


def remove_spectral_norm(module, name="weight"):
    return module


def clip_grad_norm_(*args, **kwargs):
    raise NotImplementedError("gradients are not supported: Braid compiles inference, not training")


clip_grad_value_ = clip_grad_norm = clip_grad_norm_


def parameters_to_vector(parameters):
    return torch.cat([p.reshape(-1) for p in parameters])


def vector_to_parameters(vec, parameters):
    start = 0
    for p in parameters:
        n = p.numel()
        p.data = vec[start : start + n].reshape(p.shape)
        start += n


def fuse_conv_bn_eval(conv, bn):
    raise NotImplementedError("fuse_conv_bn_eval is not needed: Braid folds batch normalisation itself")
