# build: M()
# input: x=f32[2]
# error: some_package_nobody_has
# error-line: 5
import some_package_nobody_has
import torch.nn as nn


class M(nn.Module):
    def forward(self, x):
        return some_package_nobody_has.run(x)
