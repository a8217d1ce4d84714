"""SkipNet with one recurrent gate (an LSTM over the depth of the network) instead of a gate per block."""

import torch
import torch.nn as nn
from torch.autograd import Variable

from skipnet import BasicBlock, conv3x3


def repackage_hidden(h):
    """Detaches the hidden state, which may be a tensor or a tuple of them."""
    if isinstance(h, torch.Tensor):
        return h.detach()
    else:
        return tuple(repackage_hidden(v) for v in h)


class RNNGate(nn.Module):
    def __init__(self, input_dim, hidden_dim, rnn_type='lstm'):
        super(RNNGate, self).__init__()
        self.rnn_type = rnn_type
        self.input_dim = input_dim
        self.hidden_dim = hidden_dim
        if self.rnn_type == 'lstm':
            self.rnn = nn.LSTM(input_dim, hidden_dim)
        else:
            self.rnn = None
        self.hidden = None
        self.proj = nn.Conv2d(in_channels=hidden_dim, out_channels=1, kernel_size=1, stride=1)
        self.prob = nn.Sigmoid()

    def init_hidden(self, batch_size):
        return (Variable(torch.zeros(1, batch_size, self.hidden_dim)),
                Variable(torch.zeros(1, batch_size, self.hidden_dim)))

    def repackage_hidden(self):
        self.hidden = repackage_hidden(self.hidden)

    def forward(self, x):
        batch_size = x.size(0)
        self.rnn.flatten_parameters()
        out, self.hidden = self.rnn(x.view(1, batch_size, -1), self.hidden)
        out = out.squeeze(0)
        proj = self.proj(out.view(out.size(0), out.size(1), 1, 1)).squeeze()
        prob = self.prob(proj)
        disc_prob = (prob > 0.5).float().detach() - prob.detach() + prob
        return disc_prob.view(batch_size, 1, 1, 1), prob


class RecurrentGatedSkipNet(nn.Module):
    def __init__(self, block, layers, num_classes=10, width=8, embed_dim=8, hidden_dim=8, gate_type='rnn'):
        self.inplanes = width
        super(RecurrentGatedSkipNet, self).__init__()
        self.num_layers = layers
        self.embed_dim = embed_dim
        self.hidden_dim = hidden_dim
        self.conv1 = conv3x3(3, width)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self._make_group(block, width, layers[0], group_id=1, pool_size=32)
        self._make_group(block, width * 2, layers[1], group_id=2, pool_size=16)
        self._make_group(block, width * 4, layers[2], group_id=3, pool_size=8)
        if gate_type == 'rnn':
            self.control = RNNGate(embed_dim, hidden_dim, rnn_type='lstm')
        else:
            raise NotImplementedError('gate type {} not implemented'.format(gate_type))
        self.avgpool = nn.AvgPool2d(8)
        self.fc = nn.Linear(width * 4 * block.expansion, num_classes)

    def _make_group(self, block, planes, layers, group_id=1, pool_size=16):
        for i in range(layers):
            stride = 2 if i == 0 and group_id > 1 else 1
            downsample, layer, gate_layer = self._make_layer_v2(block, planes, stride=stride, pool_size=pool_size)
            for key, module in zip(['ds', 'layer', 'gate'], (downsample, layer, gate_layer)):
                setattr(self, 'group{}_{}{}'.format(group_id, key, i), module)

    def _make_layer_v2(self, block, planes, stride=1, pool_size=16):
        downsample = None
        if stride != 1 or self.inplanes != planes * block.expansion:
            downsample = nn.Sequential(
                nn.Conv2d(self.inplanes, planes * block.expansion, kernel_size=1, stride=stride, bias=False),
                nn.BatchNorm2d(planes * block.expansion),
            )
        layer = block(self.inplanes, planes, stride)
        self.inplanes = planes * block.expansion
        gate_layer = nn.Sequential(
            nn.AvgPool2d(pool_size),
            nn.Conv2d(in_channels=planes * block.expansion, out_channels=self.embed_dim, kernel_size=1, stride=1))
        return downsample, layer, gate_layer

    def forward(self, x):
        batch_size = x.size(0)
        x = self.conv1(x)
        x = self.bn1(x)
        x = self.relu(x)
        # The hidden state starts anew for every input.
        self.control.hidden = self.control.init_hidden(batch_size)
        masks = []
        gprobs = []
        x = self.group1_layer0(x, x)
        gate_feature = self.group1_gate0(x)
        mask, gprob = self.control(gate_feature)
        gprobs.append(gprob)
        masks.append(mask.squeeze())
        for g in range(3):
            for i in range(0 + int(g == 0), self.num_layers[g]):
                downsample = getattr(self, 'group{}_ds{}'.format(g + 1, i))
                prev = x if downsample is None else downsample(x)
                if mask.squeeze() > 0.5:
                    x = getattr(self, 'group{}_layer{}'.format(g + 1, i))(x, prev)
                else:
                    x = prev
                gate_feature = getattr(self, 'group{}_gate{}'.format(g + 1, i))(x)
                if not (g == 2 and i == (self.num_layers[g] - 1)):
                    mask, gprob = self.control(gate_feature)
                    gprobs.append(gprob)
                    masks.append(mask.squeeze())
        x = self.avgpool(x)
        x = x.view(x.size(0), -1)
        return self.fc(x), masks, gprobs
