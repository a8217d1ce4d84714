"""A residual network that decides, image by image, which of its blocks to run and where to stop.

Every block has a gate: a linear layer over the channel means says whether the block is worth running. After each stage
a classifier answers if it is sure enough. An easy image takes a fraction of the work of a hard one.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        return F.relu(x + self.bn2(self.conv2(out)))


class Gate(nn.Module):
    """The probability that a block changes the answer."""

    def __init__(self, channels):
        super().__init__()
        self.linear = nn.Linear(channels, 1)

    def forward(self, x):
        return torch.sigmoid(self.linear(x.mean((2, 3))))


class Stage(nn.Module):
    def __init__(self, inputs, channels, blocks, stride, classes):
        super().__init__()
        self.enter = nn.Sequential(
            nn.Conv2d(inputs, channels, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
        )
        self.blocks = nn.ModuleList(Block(channels) for _ in range(blocks))
        self.gates = nn.ModuleList(Gate(channels) for _ in range(blocks))
        self.exit = nn.Linear(channels, classes)

    def classify(self, x):
        return self.exit(x.mean((2, 3)))


class GatedResNet(nn.Module):
    def __init__(self, widths, blocks, classes=10, sure=0.9):
        super().__init__()
        self.sure = sure
        self.stages = nn.ModuleList()
        inputs = 3
        for stage, channels in enumerate(widths):
            stride = 1 if stage == 0 else 2
            self.stages.append(Stage(inputs, channels, blocks, stride, classes))
            inputs = channels

    def forward(self, image):
        """The logits, the stage that gave them, and how many blocks ran."""
        x = image
        ran = 0
        for number, stage in enumerate(self.stages):
            x = stage.enter(x)
            for block, gate in zip(stage.blocks, stage.gates):
                if gate(x).item() > 0.5:
                    x = block(x)
                    ran += 1
            logits = stage.classify(x)
            if F.softmax(logits, dim=1).max() > self.sure:
                break
        return logits, number, ran
