"""`torch.nn.utils`."""

import torch


def _refuse(*args, **kwargs):
    raise NotImplementedError("gradients are not supported: Braid compiles inference, not training")


clip_grad_norm_ = clip_grad_value_ = clip_grad_norm = clip_grads_with_norm_ = get_total_norm = _refuse


def parameters_to_vector(parameters):
    return torch.cat([p.reshape(-1) for p in parameters])


def vector_to_parameters(vec, parameters):
    start = 0
    for p in parameters:
        n = p.numel()
        p.data = vec[start : start + n].reshape(p.shape)
        start += n


def skip_init(module_cls, *args, **kwargs):
    kwargs.pop("device", None)
    return module_cls(*args, **kwargs)


from torch.nn.utils import fusion, parametrizations, parametrize, rnn
from torch.nn.utils.fusion import (
    fuse_conv_bn_eval,
    fuse_conv_bn_weights,
    fuse_linear_bn_eval,
    fuse_linear_bn_weights,
)
from torch.nn.utils.spectral_norm import remove_spectral_norm, spectral_norm
from torch.nn.utils.weight_norm import remove_weight_norm, weight_norm
