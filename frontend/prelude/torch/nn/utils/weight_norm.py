"""Weight normalisation, the older form: `weight` is computed from `weight_g` and `weight_v` before each call."""

from torch.nn.parameter import Parameter
from torch.nn.utils._recomputed import Recomputed, remove


def norm_except(v, dim):
    """The norm over every dimension but one; over all of them for None."""
    if dim is None:
        return v.norm(2)
    return v.norm(2, [d for d in range(v.dim()) if d != dim], True) if v.dim() > 1 else v.abs()


class WeightNorm(Recomputed):
    kind = "weight_norm"
    suffixes = ("_g", "_v")

    def compute_weight(self, module):
        v, g = getattr(module, self.name + "_v"), getattr(module, self.name + "_g")
        return v * (g / norm_except(v, self.dim))


def weight_norm(module, name="weight", dim=0):
    weight = getattr(module, name)
    if dim is not None and dim < 0:
        dim = dim + weight.dim()
    delattr(module, name)
    module.register_parameter(name + "_g", Parameter(norm_except(weight, dim).data))
    module.register_parameter(name + "_v", Parameter(weight.data))
    return WeightNorm(name, dim).install(module, weight)


def remove_weight_norm(module, name="weight"):
    return remove(WeightNorm.kind, module, name)
