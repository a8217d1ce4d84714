"""CUDA as on a machine without it."""

from torch.cuda import amp
from torch._tensor import ByteTensor, DoubleTensor, FloatTensor, HalfTensor, IntTensor, LongTensor


def is_available():
    return False


def device_count():
    return 0


def is_initialized():
    return False


def is_bf16_supported():
    return False


def _refuse(*args, **kwargs):
    raise RuntimeError("no CUDA device is available")


current_device = get_device_name = get_device_properties = get_device_capability = mem_get_info = _refuse


def _ignore(*args, **kwargs):
    return None


set_device = synchronize = empty_cache = manual_seed = manual_seed_all = ipc_collect = reset_peak_memory_stats = _ignore


def _zero(*args, **kwargs):
    return 0


memory_allocated = max_memory_allocated = memory_reserved = max_memory_reserved = memory_cached = _zero


class device:
    def __init__(self, *args):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return False


stream = nvtx = device


class Event:
    def __init__(self, *args, **kwargs):
        pass

    def record(self, *args):
        pass

    def synchronize(self):
        pass

    def elapsed_time(self, other):
        return 0.0


Stream = Event
