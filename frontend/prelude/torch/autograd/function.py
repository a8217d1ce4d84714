"""Custom functions: `apply` runs `forward`; `backward` is never asked for."""


class FunctionCtx:
    def __init__(self):
        self.saved_tensors = ()
        self.needs_input_grad = (False,) * 16

    def save_for_backward(self, *tensors):
        self.saved_tensors = tensors

    def mark_dirty(self, *tensors):
        pass

    def mark_non_differentiable(self, *tensors):
        pass

    def set_materialize_grads(self, value):
        pass


class Function:
    @classmethod
    def apply(cls, *args, **kwargs):
        if "setup_context" in cls.__dict__:
            return cls.forward(*args, **kwargs)
        return cls.forward(FunctionCtx(), *args, **kwargs)

    def __call__(self, *args):
        # The old form, where a Function is an object.
        return self.forward(*args)

    def save_for_backward(self, *tensors):
        self.saved_tensors = tensors


InplaceFunction = Function


def once_differentiable(function):
    return function
