"""`__torch_function__` is not consulted."""


def has_torch_function(args):
    return False


has_torch_function_unary = has_torch_function_variadic = has_torch_function


def handle_torch_function(function, *args, **kwargs):
    raise NotImplementedError("__torch_function__ is not supported")
