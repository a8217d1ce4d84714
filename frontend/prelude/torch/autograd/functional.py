"""Products with derivatives, which nothing that is compiled can ask for."""


def _refuse(name):
    def function(*args, **kwargs):
        raise NotImplementedError(f"torch.autograd.functional.{name} is not supported: Braid compiles inference, not training")

    return function


vjp = _refuse("vjp")
jvp = _refuse("jvp")
jacobian = _refuse("jacobian")
hessian = _refuse("hessian")
