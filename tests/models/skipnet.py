"""SkipNet with feed-forward gates (Wang et al., ECCV 2018): a residual block runs only when the gate before it opens."""

import torch
import torch.nn as nn


def conv3x3(in_planes, out_planes, stride=1):
    """3x3 convolution with padding"""
    return nn.Conv2d(in_planes, out_planes, kernel_size=3, stride=stride, padding=1, bias=False)


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inplanes, planes, stride=1):
        super(BasicBlock, self).__init__()
        self.conv1 = conv3x3(inplanes, planes, stride)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = conv3x3(planes, planes)
        self.bn2 = nn.BatchNorm2d(planes)

    def forward(self, x, residual):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += residual
        return self.relu(out)


class FeedforwardGate(nn.Module):
    """Two small convolutions over the pooled activations, then a two-way softmax: column 1 is "run the block"."""

    def __init__(self, pool_size=5, channel=10, hidden=10):
        super(FeedforwardGate, self).__init__()
        self.pool_size = pool_size
        self.maxpool = nn.MaxPool2d(2)
        self.conv1 = conv3x3(channel, hidden)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv2 = conv3x3(hidden, hidden, stride=2)
        self.bn2 = nn.BatchNorm2d(hidden)
        self.relu2 = nn.ReLU(inplace=True)
        pool_size = int(pool_size / 2)
        pool_size = int(pool_size / 2 + 0.5)
        self.avg_layer = nn.AvgPool2d(pool_size)
        self.linear_layer = nn.Conv2d(in_channels=hidden, out_channels=2, kernel_size=1, stride=1)
        self.prob_layer = nn.Softmax(dim=1)

    def forward(self, x):
        x = self.maxpool(x)
        x = self.relu1(self.bn1(self.conv1(x)))
        x = self.relu2(self.bn2(self.conv2(x)))
        x = self.avg_layer(x)
        x = self.linear_layer(x).squeeze()
        prob = self.prob_layer(x.unsqueeze(0))
        return (prob[:, 1] > 0.5).float(), prob[:, 1]


class SkipNet(nn.Module):
    """SkipNet for 32x32 images; `layers` counts the blocks of the three groups, so [6, 6, 6] is SkipNet-38."""

    def __init__(self, block, layers, num_classes=10, width=8, gate_type=FeedforwardGate):
        self.inplanes = width
        super(SkipNet, self).__init__()
        self.num_layers = layers
        self.conv1 = conv3x3(3, width)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self._make_group(block, width, layers[0], group_id=1, gate_type=gate_type, pool_size=32)
        self._make_group(block, 2 * width, layers[1], group_id=2, gate_type=gate_type, pool_size=16)
        self._make_group(block, 4 * width, layers[2], group_id=3, gate_type=gate_type, pool_size=8)
        self.avgpool = nn.AvgPool2d(8)
        self.fc = nn.Linear(4 * width * block.expansion, num_classes)

        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                n = m.kernel_size[0] * m.kernel_size[1] * m.out_channels
                m.weight.data.normal_(0, (2. / n) ** 0.5)
            elif isinstance(m, nn.BatchNorm2d):
                m.weight.data.fill_(1)
                m.bias.data.zero_()

    def _make_group(self, block, planes, layers, group_id, gate_type, pool_size):
        for i in range(layers):
            stride = 2 if group_id > 1 and i == 0 else 1
            downsample = None
            if stride != 1 or self.inplanes != planes * block.expansion:
                downsample = nn.Sequential(
                    nn.Conv2d(self.inplanes, planes * block.expansion, kernel_size=1, stride=stride, bias=False),
                    nn.BatchNorm2d(planes * block.expansion),
                )
            layer = block(self.inplanes, planes, stride)
            self.inplanes = planes * block.expansion
            setattr(self, 'group{}_ds{}'.format(group_id, i), downsample)
            setattr(self, 'group{}_layer{}'.format(group_id, i), layer)
            setattr(self, 'group{}_gate{}'.format(group_id, i),
                    gate_type(pool_size=pool_size, channel=self.inplanes))

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        mask = torch.ones(1)
        executed = 0
        for g in range(3):
            for i in range(self.num_layers[g]):
                residual = x
                if getattr(self, 'group{}_ds{}'.format(g + 1, i)) is not None:
                    residual = getattr(self, 'group{}_ds{}'.format(g + 1, i))(x)
                if mask == 1:
                    x = getattr(self, 'group{}_layer{}'.format(g + 1, i))(x, residual)
                    executed += 1
                else:
                    x = residual
                # The last gate of the network has no block after it.
                if not (g == 2 and i == self.num_layers[g] - 1):
                    mask, _ = getattr(self, 'group{}_gate{}'.format(g + 1, i))(x)

        x = self.avgpool(x)
        x = x.view(x.size(0), -1)
        return self.fc(x), executed
