"""Learning-rate schedules, by name only."""


class LRScheduler:
    def __init__(self, *args, **kwargs):
        raise NotImplementedError("learning-rate schedules are not supported: Braid compiles inference, not training")


_LRScheduler = LRScheduler


class LambdaLR(LRScheduler):
    pass


class StepLR(LRScheduler):
    pass


class MultiStepLR(LRScheduler):
    pass


class ExponentialLR(LRScheduler):
    pass


class CosineAnnealingLR(LRScheduler):
    pass


class ReduceLROnPlateau(LRScheduler):
    pass


class OneCycleLR(LRScheduler):
    pass
