"""`torch.nn`: modules, and below them `functional` and `init`."""

from torch.nn import functional, init, parameter, utils
from torch.nn.parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter

_utils = utils
from torch.nn.modules import *

utils = _utils  # and not the helpers of the layers, which have the same name
from torch.nn import modules, parallel
from torch.nn.parallel import DataParallel
