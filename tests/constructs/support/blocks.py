import torch.nn as nn

from . import config
from .config import LIMIT as ORIGINAL_LIMIT

THRESHOLD = 2 + ORIGINAL_LIMIT


def double(x):
    return x * 2


def limit():
    return config.LIMIT


class Gate(nn.Module):
    def __init__(self, threshold=0.0):
        super().__init__()
        self.threshold = threshold

    def forward(self, x):
        return x.sum() > self.threshold
