# build: M()
# entry: forward
# input: x=f32[2]
# case: x=[1, 2]
# case: x=[-1, -2]
from __future__ import annotations

import logging
import os
import sys
import warnings

import torch.nn as nn

try:
    import a_package_that_is_not_there as fast
except ImportError:
    fast = None

logger = logging.getLogger(__name__)
SIZES = [2 ** k for k in range(3)]
if sys.version_info >= (3, 0):
    SIZES += [9]
for _i in range(2):
    SIZES.append(_i)


class M(nn.Module):
    def forward(self, x: "Tensor") -> Tensor:
        if fast is not None:
            return fast.run(x)
        if x.sum() > 0:
            logger.info("positive")
            warnings.warn("positive")
        return x * sum(SIZES), os.path.basename("a/b") == "b"


if __name__ == "__main__":
    print(M()(None))
