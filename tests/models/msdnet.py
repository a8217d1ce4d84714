"""A multi-scale dense network with early exits (Huang et al., ICLR 2018): three scales side by side."""

import math

import torch
import torch.nn as nn


class ConvBasic(nn.Module):
    def __init__(self, nIn, nOut, kernel=3, stride=1, padding=1):
        super(ConvBasic, self).__init__()
        self.net = nn.Sequential(nn.Conv2d(nIn, nOut, kernel_size=kernel, stride=stride, padding=padding, bias=False),
                                 nn.BatchNorm2d(nOut), nn.ReLU(True))

    def forward(self, x):
        return self.net(x)


class ConvBN(nn.Module):
    def __init__(self, nIn, nOut, type: str, bottleneck, bnWidth):
        super().__init__()
        layer = []
        nInner = nIn
        if bottleneck is True:
            nInner = min(nInner, bnWidth * nOut)
            layer.append(nn.Conv2d(nIn, nInner, kernel_size=1, stride=1, padding=0, bias=False))
            layer.append(nn.BatchNorm2d(nInner))
            layer.append(nn.ReLU(True))
        if type == 'normal':
            layer.append(nn.Conv2d(nInner, nOut, kernel_size=3, stride=1, padding=1, bias=False))
        elif type == 'down':
            layer.append(nn.Conv2d(nInner, nOut, kernel_size=3, stride=2, padding=1, bias=False))
        else:
            raise ValueError
        layer.append(nn.BatchNorm2d(nOut))
        layer.append(nn.ReLU(True))
        self.net = nn.Sequential(*layer)

    def forward(self, x):
        return self.net(x)


class ConvDownNormal(nn.Module):
    def __init__(self, nIn1, nIn2, nOut, bottleneck, bnWidth1, bnWidth2):
        super().__init__()
        self.conv_down = ConvBN(nIn1, nOut // 2, 'down', bottleneck, bnWidth1)
        self.conv_normal = ConvBN(nIn2, nOut // 2, 'normal', bottleneck, bnWidth2)

    def forward(self, x):
        return torch.cat([x[1], self.conv_down(x[0]), self.conv_normal(x[1])], dim=1)


class ConvNormal(nn.Module):
    def __init__(self, nIn, nOut, bottleneck, bnWidth):
        super().__init__()
        self.conv_normal = ConvBN(nIn, nOut, 'normal', bottleneck, bnWidth)

    def forward(self, x):
        if not isinstance(x, list):
            x = [x]
        return torch.cat([x[0], self.conv_normal(x[0])], dim=1)


class MSDNFirstLayer(nn.Module):
    def __init__(self, nIn, nOut, nScales):
        super().__init__()
        self.layers = nn.ModuleList()
        for i in range(nScales):
            self.layers.append(ConvBasic(nIn, nOut * 2 ** i, stride=1 if i == 0 else 2))
            nIn = nOut * 2 ** i

    def forward(self, x):
        res = []
        for i in range(len(self.layers)):
            x = self.layers[i](x)
            res.append(x)
        return res


class MSDNLayer(nn.Module):
    """One dense layer at every scale from `first` on; the finer ones are not needed any more."""

    def __init__(self, channels, growth, first, nScales):
        super().__init__()
        self.first, self.nScales = first, nScales
        self.layers = nn.ModuleList()
        for s in range(first, nScales):
            grow = growth * 2 ** s
            if s == 0:
                self.layers.append(ConvNormal(channels[s], grow, True, 2))
            else:
                self.layers.append(ConvDownNormal(channels[s - 1], channels[s], grow, True, 1, 2))

    def forward(self, x):
        inp = [[x[s - 1], x[s]] if s > 0 else [x[0]] for s in range(self.first, self.nScales)]
        # A finer scale that has ended stays as it is: the next layer may still come down from it.
        return x[:self.first] + [layer(i) for layer, i in zip(self.layers, inp)]


class ClassifierModule(nn.Module):
    def __init__(self, m, channel, num_classes):
        super().__init__()
        self.m = m
        self.linear = nn.Linear(channel, num_classes)

    def forward(self, x):
        res = self.m(x[-1])
        res = res.view(res.size(0), -1)
        return self.linear(res)


class MSDNet(nn.Module):
    def __init__(self, nBlocks=4, step=1, base=4, growth=2, nScales=3, num_classes=10, thresholds=None):
        super(MSDNet, self).__init__()
        self.thresholds = thresholds or [0.6] * (nBlocks - 1)
        self.blocks = nn.ModuleList()
        self.classifier = nn.ModuleList()
        channels = [base * 2 ** s for s in range(nScales)]
        layer_total = nBlocks * step
        interval = math.ceil(layer_total / nScales)
        done = 0
        for b in range(nBlocks):
            layers = [MSDNFirstLayer(3, base, nScales)] if b == 0 else []
            for _ in range(step):
                first = max(0, done // interval - 1)
                layers.append(MSDNLayer(channels, growth, first, nScales))
                channels = [c + growth * 2 ** s if s >= first else c for s, c in enumerate(channels)]
                done += 1
            self.blocks.append(nn.Sequential(*layers))
            tail = nn.Sequential(ConvBasic(channels[-1], 16, kernel=3, stride=2, padding=1), nn.AvgPool2d(2))
            self.classifier.append(ClassifierModule(tail, 16 * 4, num_classes))
        for m in self.modules():
            if hasattr(m, '__iter__'):
                for sub_m in m:
                    self._init_weights(sub_m)
            else:
                self._init_weights(m)

    def _init_weights(self, m):
        if isinstance(m, nn.Conv2d):
            n = m.kernel_size[0] * m.kernel_size[1] * m.out_channels
            m.weight.data.normal_(0, math.sqrt(2. / n))
        elif isinstance(m, nn.BatchNorm2d):
            m.weight.data.fill_(1)
            m.bias.data.zero_()
        elif isinstance(m, nn.Linear):
            m.bias.data.zero_()

    def forward(self, x):
        for stage, (block, classifier) in enumerate(zip(self.blocks, self.classifier)):
            x = block(x)
            pred = classifier(x)
            if stage == len(self.blocks) - 1:
                return pred, stage
            confidence, _ = torch.softmax(pred, dim=1).max(dim=1)
            if (confidence >= self.thresholds[stage]).all():
                return pred, stage
