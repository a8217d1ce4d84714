"""`torch.autograd` without gradients: `Variable` is the tensor, a `Function` is its forward."""

from torch._grad import enable_grad, inference_mode, no_grad, set_grad_enabled
from torch.autograd import function, functional
from torch.autograd.function import Function, once_differentiable


def Variable(data, requires_grad=False, volatile=False):
    return data


def grad(*args, **kwargs):
    raise NotImplementedError("torch.autograd.grad is not supported: Braid compiles inference, not training")


def backward(*args, **kwargs):
    raise NotImplementedError("torch.autograd.backward is not supported: Braid compiles inference, not training")


class profiler:
    class record_function:
        def __init__(self, name):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *exc):
            return False


class detect_anomaly:
    def __init__(self, *args, **kwargs):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return False


def set_detect_anomaly(mode):
    pass
