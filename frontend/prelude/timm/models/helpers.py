"""Loading of weights, which come from the command line."""


def load_pretrained(*args, **kwargs):
    raise NotImplementedError("nothing is downloaded while a network is compiled: give the checkpoint with --weights")


load_checkpoint = build_model_with_cfg = load_pretrained


def named_apply(fn, module, name="", depth_first=True, include_root=False):
    if not depth_first and include_root:
        fn(module=module, name=name)
    for child, inner in module.named_children():
        path = f"{name}.{child}" if name else child
        named_apply(fn, inner, path, depth_first, True)
    if depth_first and include_root:
        fn(module=module, name=name)
    return module
