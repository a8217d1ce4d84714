"""`torch.onnx`: nothing is being exported."""


def is_in_onnx_export():
    return False


def export(*args, **kwargs):
    raise NotImplementedError("torch.onnx.export is not supported: Braid compiles the network itself")
