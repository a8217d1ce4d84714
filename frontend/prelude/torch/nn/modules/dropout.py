"""The place where PyTorch has these layers, for sources that import from it."""

from torch.nn.modules.simple import Dropout, Dropout1d, Dropout2d, Dropout3d
