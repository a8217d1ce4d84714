"""Spectral normalisation, the older form: `weight` is `weight_orig` over the stored estimate of its largest singular
value. In evaluation the stored vectors are used as they are: weight / (u . W v)."""

import torch
from torch.nn.parameter import Parameter
from torch.nn.utils._recomputed import Recomputed, remove


def as_matrix(weight, dim):
    return weight.movedim(dim, 0).reshape(weight.shape[dim], -1)


def sigma(weight, u, v, dim):
    return torch.dot(u, torch.mv(as_matrix(weight, dim), v))


class SpectralNorm(Recomputed):
    kind = "spectral_norm"
    suffixes = ("_orig", "_u", "_v")

    def compute_weight(self, module):
        weight = getattr(module, self.name + "_orig")
        u, v = getattr(module, self.name + "_u"), getattr(module, self.name + "_v")
        return weight / sigma(weight, u, v, self.dim)


def spectral_norm(module, name="weight", n_power_iterations=1, eps=1e-12, dim=None):
    weight = getattr(module, name)
    if dim is None:
        transposed = (torch.nn.ConvTranspose1d, torch.nn.ConvTranspose2d, torch.nn.ConvTranspose3d)
        dim = 1 if isinstance(module, transposed) else 0
    rows = weight.shape[dim]
    delattr(module, name)
    module.register_parameter(name + "_orig", Parameter(weight.data))
    module.register_buffer(name + "_u", torch.randn(rows))
    module.register_buffer(name + "_v", torch.randn(weight.numel() // rows))
    return SpectralNorm(name, dim).install(module, weight)


def remove_spectral_norm(module, name="weight"):
    return remove(SpectralNorm.kind, module, name)
