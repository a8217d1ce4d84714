"""The place where PyTorch has it, for sources that import from it."""

from torch.distributions import Uniform
