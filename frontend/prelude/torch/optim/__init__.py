"""The names of optimisers, so that training scripts import; they cannot be made."""

from torch.optim import lr_scheduler
from torch.optim.optimizer import Optimizer


def _refuse(name):
    class Refused(Optimizer):
        def __init__(self, *args, **kwargs):
            raise NotImplementedError(f"torch.optim.{name} is not supported: Braid compiles inference, not training")

    return Refused


SGD = _refuse("SGD")
Adam = _refuse("Adam")
AdamW = _refuse("AdamW")
RMSprop = _refuse("RMSprop")
Adagrad = _refuse("Adagrad")
Adadelta = _refuse("Adadelta")
Adamax = _refuse("Adamax")
LBFGS = _refuse("LBFGS")
