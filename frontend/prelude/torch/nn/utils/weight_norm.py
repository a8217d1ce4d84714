"""Weight normalisation, the older form: `weight` is computed from `weight_g` and `weight_v` before each call."""

from torch.nn.parameter import Parameter


def norm_except(v, dim):
    """The norm over every dimension but one; over all of them for None."""
    if dim is None:
        return v.norm(2)
    return v.norm(2, [d for d in range(v.dim()) if d != dim], True) if v.dim() > 1 else v.abs()


class WeightNorm:
    """The hook that computes the weight."""

    def __init__(self, name, dim):
        self.name = name
        self.dim = dim

    def compute_weight(self, module):
        v, g = getattr(module, self.name + "_v"), getattr(module, self.name + "_g")
        return v * (g / norm_except(v, self.dim))

    def __call__(self, module, inputs):
        object.__setattr__(module, self.name, self.compute_weight(module))


def weight_norm(module, name="weight", dim=0):
    weight = getattr(module, name)
    if dim is not None and dim < 0:
        dim = dim + weight.dim()
    hook = WeightNorm(name, dim)
    delattr(module, name)
    module.register_parameter(name + "_g", Parameter(norm_except(weight, dim).data))
    module.register_parameter(name + "_v", Parameter(weight.data))
    object.__setattr__(module, name, hook.compute_weight(module))
    handle = module.register_forward_pre_hook(hook)
    module.__dict__.setdefault("_weight_norms", {})[name] = (hook, handle)
    return module


def remove_weight_norm(module, name="weight"):
    found = module.__dict__.get("_weight_norms", {}).pop(name, None)
    if found is None:
        raise ValueError(f"weight_norm of '{name}' not found in {module}")
    hook, handle = found
    weight = hook.compute_weight(module)
    handle.remove()
    delattr(module, name + "_g")
    delattr(module, name + "_v")
    del module.__dict__[name]
    module.register_parameter(name, Parameter(weight.data))
    return module
