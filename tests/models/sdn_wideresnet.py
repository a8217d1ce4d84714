"""A shallow-deep wide ResNet: pre-activation blocks; the exit is taken where two classifiers agree confidently."""

import torch
import torch.nn as nn
import torch.nn.functional as F

from sdn import InternalClassifier, weights_init


class wide_basic(nn.Module):
    def __init__(self, in_channels, channels, dropout_rate, params, stride=1):
        super(wide_basic, self).__init__()
        add_output, num_classes, input_size, self.output_id = params
        self.bn1 = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(in_channels, channels, kernel_size=3, padding=1, bias=True)
        self.dropout = nn.Dropout(p=dropout_rate)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, kernel_size=3, stride=stride, padding=1, bias=True)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_channels != channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, channels, kernel_size=1, stride=stride, bias=True))
        self.output = InternalClassifier(input_size, channels, num_classes) if add_output else None

    def forward(self, x):
        out = self.dropout(self.conv1(F.relu(self.bn1(x))))
        out = self.conv2(F.relu(self.bn2(out)))
        out += self.shortcut(x)
        if self.output is None:
            return out, 0, None
        return out, 1, self.output(out)


class WideResNet_SDN(nn.Module):
    widths = property(lambda self: [8, 8 * self.widen_factor, 16 * self.widen_factor, 32 * self.widen_factor])

    def __init__(self, widen_factor=1, blocks_per_stage=2, ic_every=2, dropout_rate=0.3, num_classes=10,
                 confidence_threshold=0.55):
        super(WideResNet_SDN, self).__init__()
        self.widen_factor = widen_factor
        self.confidence_threshold = confidence_threshold
        self.init_conv = nn.Conv2d(3, self.widths[0], kernel_size=3, stride=1, padding=1, bias=True)
        self.layers = nn.ModuleList()
        in_channels, size, self.num_output = self.widths[0], 32, 0
        for stage, (width, stride) in enumerate(zip(self.widths[1:], [1, 2, 2])):
            size //= stride
            for block in range(blocks_per_stage):
                has_ic = (stage * blocks_per_stage + block) % ic_every == 1 and stage < 3
                self.layers.append(wide_basic(in_channels, width, dropout_rate,
                                              (has_ic, num_classes, size, self.num_output),
                                              stride if block == 0 else 1))
                in_channels = width
                self.num_output += has_ic
        self.end_layers = nn.Sequential(nn.BatchNorm2d(in_channels, momentum=0.9), nn.ReLU(), nn.AvgPool2d(8),
                                        nn.Flatten(start_dim=1), nn.Linear(in_channels, num_classes))
        weights_init(self)

    def forward(self, x):
        fwd = self.init_conv(x)
        previous = None
        streak = 0
        for layer in self.layers:
            fwd, is_output, output = layer(fwd)
            if is_output:
                prob = F.softmax(output, dim=-1)
                confidence, label = prob.max(dim=-1)
                if previous is not None and label == previous:
                    streak += 1
                previous = label
                if confidence.item() > self.confidence_threshold or streak >= 2:
                    return output, label, confidence, streak
        return self.end_layers(fwd), previous
