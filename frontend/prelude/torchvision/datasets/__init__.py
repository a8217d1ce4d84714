"""The names of datasets, so that training scripts import; data cannot be loaded."""


def _refuse(name):
    class Refused:
        def __init__(self, *args, **kwargs):
            raise NotImplementedError(f"torchvision.datasets.{name} is not supported: Braid compiles a network, it loads no data")

    return Refused


CIFAR10 = _refuse("CIFAR10")
CIFAR100 = _refuse("CIFAR100")
MNIST = _refuse("MNIST")
FashionMNIST = _refuse("FashionMNIST")
SVHN = _refuse("SVHN")
STL10 = _refuse("STL10")
ImageNet = _refuse("ImageNet")
ImageFolder = _refuse("ImageFolder")
CocoCaptions = _refuse("CocoCaptions")
CocoDetection = _refuse("CocoDetection")
FakeData = _refuse("FakeData")
