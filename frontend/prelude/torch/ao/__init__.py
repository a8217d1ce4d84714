"""`torch.ao`: the newer place of quantisation."""

from torch import quantization
