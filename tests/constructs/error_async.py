# build: M()
# input: x=f32[2]
# error: async
# error-line: 9
import torch.nn as nn


class M(nn.Module):
    async def step(self, x):
        return x

    async def forward(self, x):
        return await self.step(x)
