"""DropBlock: the identity outside of training."""

from torch import nn


def drop_block2d(input, p, block_size, inplace=False, eps=1e-06, training=True):
    if p == 0.0 or not training:
        return input
    raise NotImplementedError("DropBlock in training is not supported: compile the network in evaluation mode")


drop_block3d = drop_block2d


class DropBlock2d(nn.Module):
    def __init__(self, p, block_size, inplace=False, eps=1e-06):
        super().__init__()
        self.p = p
        self.block_size = block_size

    def forward(self, input):
        return drop_block2d(input, self.p, self.block_size, training=self.training)


class DropBlock3d(DropBlock2d):
    pass
