"""Spectral normalisation, the older form: `weight` is `weight_orig` over the stored estimate of its largest singular
value. In evaluation the stored vectors are used as they are: weight / (u . W v)."""

import torch
from torch.nn.parameter import Parameter


def as_matrix(weight, dim):
    return weight.movedim(dim, 0).reshape(weight.shape[dim], -1)


def sigma(weight, u, v, dim):
    return torch.dot(u, torch.mv(as_matrix(weight, dim), v))


class SpectralNorm:
    """The hook that computes the weight."""

    def __init__(self, name, dim):
        self.name = name
        self.dim = dim

    def compute_weight(self, module):
        weight = getattr(module, self.name + "_orig")
        u, v = getattr(module, self.name + "_u"), getattr(module, self.name + "_v")
        return weight / sigma(weight, u, v, self.dim)

    def __call__(self, module, inputs):
        object.__setattr__(module, self.name, self.compute_weight(module))


def spectral_norm(module, name="weight", n_power_iterations=1, eps=1e-12, dim=None):
    weight = getattr(module, name)
    if dim is None:
        transposed = (torch.nn.ConvTranspose1d, torch.nn.ConvTranspose2d, torch.nn.ConvTranspose3d)
        dim = 1 if isinstance(module, transposed) else 0
    hook = SpectralNorm(name, dim)
    rows = weight.shape[dim]
    delattr(module, name)
    module.register_parameter(name + "_orig", Parameter(weight.data))
    object.__setattr__(module, name, weight.data)
    module.register_buffer(name + "_u", torch.randn(rows))
    module.register_buffer(name + "_v", torch.randn(weight.numel() // rows))
    handle = module.register_forward_pre_hook(hook)
    module.__dict__.setdefault("_spectral_norms", {})[name] = (hook, handle)
    return module


def remove_spectral_norm(module, name="weight"):
    found = module.__dict__.get("_spectral_norms", {}).pop(name, None)
    if found is None:
        raise ValueError(f"spectral_norm of '{name}' not found in {module}")
    hook, handle = found
    weight = hook.compute_weight(module)
    handle.remove()
    for suffix in ("_orig", "_u", "_v"):
        delattr(module, name + suffix)
    del module.__dict__[name]
    module.register_parameter(name, Parameter(weight.data))
    return module
