"""The names of `torch.utils.data`, so that training scripts import; data cannot be loaded."""


class Dataset:
    def __getitem__(self, index):
        raise NotImplementedError

    def __add__(self, other):
        raise NotImplementedError("datasets are not supported")


class IterableDataset(Dataset):
    pass


class Sampler:
    def __init__(self, data_source=None):
        pass


class TensorDataset(Dataset):
    def __init__(self, *tensors):
        self.tensors = tensors

    def __getitem__(self, index):
        return tuple([t[index] for t in self.tensors])

    def __len__(self):
        return len(self.tensors[0])


def _refuse(name):
    class Refused:
        def __init__(self, *args, **kwargs):
            raise NotImplementedError(f"torch.utils.data.{name} is not supported: Braid compiles a network, it loads no data")

    return Refused


DataLoader = _refuse("DataLoader")
Subset = _refuse("Subset")
ConcatDataset = _refuse("ConcatDataset")
RandomSampler = _refuse("RandomSampler")
SequentialSampler = _refuse("SequentialSampler")
SubsetRandomSampler = _refuse("SubsetRandomSampler")
BatchSampler = _refuse("BatchSampler")
WeightedRandomSampler = _refuse("WeightedRandomSampler")


def random_split(*args, **kwargs):
    raise NotImplementedError("torch.utils.data.random_split is not supported: Braid compiles a network, it loads no data")


class distributed:
    DistributedSampler = _refuse("distributed.DistributedSampler")
