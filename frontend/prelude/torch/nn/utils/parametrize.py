"""Parameters computed from others: `module.NAME` is what the modules of `module.parametrizations.NAME` make of the
original tensors, which are the parameters that a checkpoint holds (`Module.__getattr__` asks here)."""

from torch._core import is_tensor
from torch.nn.modules.container import ModuleDict, ModuleList
from torch.nn.parameter import Parameter


class ParametrizationList(ModuleList):
    def __init__(self, modules, original, unsafe=False):
        super().__init__(modules)
        self.unsafe = unsafe
        first = modules[0]
        inverse = getattr(first, "right_inverse", None)
        values = original if inverse is None else inverse(original)
        self.is_tensor = is_tensor(values)
        if self.is_tensor:
            self.original = _kept(values, original)
        else:
            self.ntensors = len(values)
            for i, value in enumerate(values):
                setattr(self, f"original{i}", _kept(value, original))

    def forward(self):
        if self.is_tensor:
            value = self[0](self.original)
        else:
            value = self[0](*[getattr(self, f"original{i}") for i in range(self.ntensors)])
        for module in list(self)[1:]:
            value = module(value)
        return value


def _kept(value, original):
    return Parameter(value.data) if isinstance(original, Parameter) else value


def register_parametrization(module, tensor_name, parametrization, *, unsafe=False):
    if is_parametrized(module, tensor_name):
        module.parametrizations[tensor_name].append(parametrization)
        return module
    original = getattr(module, tensor_name)
    if not is_tensor(original):
        raise ValueError(f"Module '{module}' does not have a parameter or a buffer with name '{tensor_name}'")
    if not is_parametrized(module):
        module.parametrizations = ModuleDict()
    delattr(module, tensor_name)
    module.parametrizations[tensor_name] = ParametrizationList([parametrization], original, unsafe)
    return module


def is_parametrized(module, tensor_name=None):
    found = module.__dict__["_modules"].get("parametrizations")
    if found is None:
        return False
    return len(found) > 0 if tensor_name is None else tensor_name in found


def remove_parametrizations(module, tensor_name, leave_parametrized=True):
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    made = module.parametrizations[tensor_name]
    if leave_parametrized:
        value = made()
    elif made.is_tensor:
        value = made.original
    else:
        raise ValueError("leave_parametrized=False is only for a tensor that is parametrized in terms of one tensor")
    del module.parametrizations[tensor_name]
    if len(module.parametrizations) == 0:
        delattr(module, "parametrizations")
    module.register_parameter(tensor_name, Parameter(value.data))
    return module


def cached():
    from torch._grad import no_grad

    return no_grad()
