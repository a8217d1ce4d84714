"""Weights that are computed from other tensors of their module before each call: what weight and spectral normalisation,
in their older forms, have in common."""

from torch.nn.parameter import Parameter


class Recomputed:
    """The hook that computes the weight; a subclass says how, and by which suffixes its tensors are named."""

    kind = None
    suffixes = ()

    def __init__(self, name, dim):
        self.name = name
        self.dim = dim

    def __call__(self, module, inputs):
        object.__setattr__(module, self.name, self.compute_weight(module))

    def install(self, module, weight):
        """Takes the place of the parameter; until the first call the weight is what it was."""
        object.__setattr__(module, self.name, weight.data)
        handle = module.register_forward_pre_hook(self)
        module.__dict__.setdefault("_recomputed", {})[self.kind, self.name] = (self, handle)
        return module


def remove(kind, module, name):
    """Makes the weight, as it is now, a parameter again."""
    found = module.__dict__.get("_recomputed", {}).pop((kind, name), None)
    if found is None:
        raise ValueError(f"{kind} of '{name}' not found in {module}")
    hook, handle = found
    weight = hook.compute_weight(module)
    handle.remove()
    for suffix in hook.suffixes:
        delattr(module, name + suffix)
    del module.__dict__[name]
    module.register_parameter(name, Parameter(weight.data))
    return module
