"""The place where PyTorch has these layers, for sources that import from it."""

from torch.nn.modules.linear import CosineSimilarity, PairwiseDistance
