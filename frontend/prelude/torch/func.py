"""`torch.func`: mapping; there are no gradients."""

from torch._control import vmap


def functional_call(module, parameter_and_buffer_dicts, args=None, kwargs=None, **options):
    raise NotImplementedError("torch.func.functional_call is not supported; call the module")
