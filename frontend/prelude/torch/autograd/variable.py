"""The old home of `Variable`."""

from torch.autograd import Variable
