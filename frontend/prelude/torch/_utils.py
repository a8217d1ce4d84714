"""Internal helpers of PyTorch that published code imports."""


def _rebuild_tensor_v2(*args):
    raise NotImplementedError("tensors are not unpickled while a network is compiled: give the checkpoint with --weights")


def _flatten_dense_tensors(tensors):
    import torch

    return torch.cat([t.reshape(-1) for t in tensors])
