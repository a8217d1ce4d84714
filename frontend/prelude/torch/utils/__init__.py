"""`torch.utils`."""

from torch.utils import checkpoint, data, hooks, model_zoo
