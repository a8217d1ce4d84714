"""BlockDrop (Wu et al., CVPR 2018): a policy network looks once and says which residual blocks run."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class DownsampleB(nn.Module):
    """A parameter-free shortcut: pools, and pads with zero channels."""

    def __init__(self, nIn, nOut, stride):
        super(DownsampleB, self).__init__()
        self.avg = nn.AvgPool2d(stride)
        self.expand_ratio = nOut // nIn

    def forward(self, x):
        x = self.avg(x)
        return torch.cat([x] + [x.mul(0)] * (self.expand_ratio - 1), 1)


class BasicBlock(nn.Module):
    def __init__(self, inplanes, planes, stride=1):
        super(BasicBlock, self).__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)

    def forward(self, x):
        return self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))


class FlatResNet(nn.Module):
    def seed(self, x):
        return self.relu(self.bn1(self.conv1(x)))

    def _make_layer(self, block, planes, blocks, stride=1):
        downsample = nn.Sequential()
        if stride != 1 or self.inplanes != planes:
            downsample = DownsampleB(self.inplanes, planes, stride)
        layers = [block(self.inplanes, planes, stride)]
        self.inplanes = planes
        layers.extend(block(self.inplanes, planes) for _ in range(1, blocks))
        return layers, downsample

    def __init__(self, block, layers, num_classes=10, width=8):
        super(FlatResNet, self).__init__()
        self.inplanes = width
        self.conv1 = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        strides = [1, 2, 2]
        filt_sizes = [width, 2 * width, 4 * width]
        self.blocks, self.ds = [], []
        for filt_size, num_blocks, stride in zip(filt_sizes, layers, strides):
            blocks, ds = self._make_layer(block, filt_size, num_blocks, stride=stride)
            self.blocks.append(nn.ModuleList(blocks))
            self.ds.append(ds)
        self.blocks = nn.ModuleList(self.blocks)
        self.ds = nn.ModuleList(self.ds)
        self.fc = nn.Linear(4 * width, num_classes)
        self.layer_config = layers

    def forward(self, x, policy):
        """A block runs when any sample of the batch wants it; each sample keeps only what it asked for."""
        x = self.seed(x)
        t = 0
        for segment, num_blocks in enumerate(self.layer_config):
            for b in range(num_blocks):
                action = policy[:, t].contiguous()
                t += 1
                residual = self.ds[segment](x) if b == 0 else x
                if action.data.sum() == 0:
                    x = residual
                    continue
                action_mask = action.float().view(-1, 1, 1, 1)
                fx = F.relu(residual + self.blocks[segment][b](x))
                x = fx * action_mask + residual * (1 - action_mask)
        x = self.avgpool(x)
        x = x.view(x.size(0), -1)
        return self.fc(x)


class Policy(nn.Module):
    def __init__(self, num_blocks):
        super(Policy, self).__init__()
        self.features = FlatResNet(BasicBlock, [1, 1, 1], num_classes=10)
        self.features.fc = nn.Identity()
        self.num_layers = sum(self.features.layer_config)
        self.logit = nn.Linear(32, num_blocks)

    def forward(self, x):
        x = self.features(x, torch.ones(x.size(0), self.num_layers))
        return torch.sigmoid(self.logit(x))


class BlockDrop(nn.Module):
    def __init__(self, layers=(3, 3, 2)):
        super(BlockDrop, self).__init__()
        self.agent = Policy(sum(layers))
        self.rnet = FlatResNet(BasicBlock, layers)

    def forward(self, x):
        probs = self.agent(x)
        policy = probs.clone()
        policy[policy < 0.5] = 0.0
        policy[policy >= 0.5] = 1.0
        preds = self.rnet.forward(x, policy)
        _, pred_idx = preds.max(1)
        return preds, policy.sum(1), pred_idx
