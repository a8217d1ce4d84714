"""The compiler behind `torch.compile`, of which models set switches only."""

from torch._inductor import config
