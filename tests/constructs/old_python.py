# build: M()
# entry: forward
# input: x=f32[4]
# case: x=[1, 2, 3, 4]
# case: x=[-1, -2, 3, -4]
import six
import torch.nn as nn
from six.moves import range, zip


class M(nn.Module):
    """In the idiom of sources that ran on Python 2 as well."""

    def __init__(self):
        super(M, self).__init__()
        self.factors = {"a": 2.0, "b": -1.0}
        self.names = [name for name in ("a", "b") if isinstance(name, six.string_types)]

    def forward(self, x):
        for name, factor in six.iteritems(self.factors):
            if six.PY3 and x.sum() > 0:
                x = x * factor
        for i, name in zip(range(len(self.names)), self.names):
            x = x + i
        return x
