"""Weights computed from other parameters before each call: weight normalisation and spectral normalisation."""

import torch
from torch.nn.parameter import Parameter


def _others(weight, dim):
    return [d for d in range(weight.dim()) if d != dim]


def _norm_except(weight, dim):
    return weight.norm(2, None if dim is None else _others(weight, dim), dim is not None)


def weight_norm(module, name="weight", dim=0):
    weight = getattr(module, name)
    if dim is not None and dim < 0:
        dim = dim + weight.dim()
    delattr(module, name)
    shape = [] if dim is None else [weight.shape[d] if d == dim else 1 for d in range(weight.dim())]
    module.register_parameter(name + "_g", Parameter(torch.randn(*shape) if shape else torch.randn(())))
    module.register_parameter(name + "_v", Parameter(weight.data))

    def compute(module, inputs):
        v, g = getattr(module, name + "_v"), getattr(module, name + "_g")
        object.__setattr__(module, name, v * (g / _norm_except(v, dim)))

    module.__dict__["_weight_norm_hook"] = module.register_forward_pre_hook(compute)
    object.__setattr__(module, name, weight.data)
    return module


def remove_weight_norm(module, name="weight"):
    raise NotImplementedError("remove_weight_norm changes the names of the weights; leave weight normalisation in place")


def spectral_norm(module, name="weight", n_power_iterations=1, eps=1e-12, dim=None):
    """In evaluation the stored vectors are used as they are: weight / (u . W v)."""
    weight = getattr(module, name)
    if dim is None:
        dim = 1 if type(module).__name__.startswith("ConvTranspose") else 0
    delattr(module, name)
    rows = weight.shape[dim]
    module.register_parameter(name + "_orig", Parameter(weight.data))
    module.register_buffer(name + "_u", torch.randn(rows))
    module.register_buffer(name + "_v", torch.randn(weight.numel() // rows))

    def compute(module, inputs):
        w = getattr(module, name + "_orig")
        matrix = w.movedim(dim, 0).reshape(rows, -1) if dim else w.reshape(rows, -1)
        sigma = torch.dot(getattr(module, name + "_u"), torch.mv(matrix, getattr(module, name + "_v")))
        object.__setattr__(module, name, w / sigma)

    module.register_forward_pre_hook(compute)
    object.__setattr__(module, name, weight.data)
    return module
