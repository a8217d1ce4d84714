"""`torch.distributed` as in a single process."""


def is_available():
    return False


def is_initialized():
    return False


def get_rank(group=None):
    return 0


def get_world_size(group=None):
    return 1


def _refuse(*args, **kwargs):
    raise RuntimeError("torch.distributed is not supported: a compiled network runs in one process")


init_process_group = all_reduce = all_gather = broadcast = reduce = barrier = new_group = _refuse
destroy_process_group = gather = scatter = all_to_all = _refuse


class ReduceOp:
    SUM = 0
    PRODUCT = 1
    MIN = 2
    MAX = 3
