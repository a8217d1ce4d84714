"""`torch.nn`: modules, and below them `functional` and `init`."""

from torch.nn import functional, init, parameter, utils
from torch.nn.parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter
from torch.nn.modules import *
from torch.nn import modules, parallel
from torch.nn.parallel import DataParallel
