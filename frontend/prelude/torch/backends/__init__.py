"""Switches of PyTorch's backends, which nothing reads."""


class _Backend:
    enabled = False
    benchmark = False
    deterministic = True
    allow_tf32 = False
    verbose = False

    def is_available(self):
        return False

    def is_built(self):
        return False

    def flags(self, *args, **kwargs):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return False


class _Cuda(_Backend):
    matmul = _Backend()

    def sdp_kernel(self, *args, **kwargs):
        return self

    def enable_flash_sdp(self, enabled):
        pass

    def enable_math_sdp(self, enabled):
        pass

    def enable_mem_efficient_sdp(self, enabled):
        pass


from torch.backends import cudnn
cuda = _Cuda()
mps = _Backend()
mkl = _Backend()
mkldnn = _Backend()
openmp = _Backend()
quantized = _Backend()
