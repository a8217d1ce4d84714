"""The place where PyTorch has these layers, for sources that import from it."""

from torch.nn.modules.batchnorm import GroupNorm, LayerNorm, LocalResponseNorm, RMSNorm
