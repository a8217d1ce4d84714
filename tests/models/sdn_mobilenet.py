"""A shallow-deep MobileNet: depthwise separable blocks, some with an internal classifier."""

import numpy as np
import torch
import torch.nn as nn

import sdn
from sdn.classifier import InternalClassifier


class BlockWOutput(nn.Module):
    """Depthwise conv, pointwise conv, and an optional internal classifier"""

    def __init__(self, in_channels, out_channels, params, stride=1):
        super(BlockWOutput, self).__init__()
        add_output, num_classes, input_size, output_id = params
        self.output_id = output_id
        self.depth = 2
        conv_layers = []
        conv_layers.append(nn.Conv2d(in_channels, in_channels, kernel_size=3, stride=stride, padding=1,
                                     groups=in_channels, bias=False))
        conv_layers.append(nn.BatchNorm2d(in_channels))
        conv_layers.append(nn.ReLU())
        conv_layers.append(nn.Conv2d(in_channels, out_channels, kernel_size=1, bias=False))
        conv_layers.append(nn.BatchNorm2d(out_channels))
        conv_layers.append(nn.ReLU())
        self.layers = nn.Sequential(*conv_layers)
        if add_output:
            self.output = InternalClassifier(input_size, out_channels, num_classes)
            self.forward = self.forward_w_output
            self.no_output = False
        else:
            self.forward = self.forward_wo_output
            self.no_output = True

    def forward_w_output(self, x):
        fwd = self.layers(x)
        return fwd, 1, self.output(fwd)

    def forward_wo_output(self, x):
        return self.layers(x), 0, None


class MobileNet_SDN(nn.Module):
    def __init__(self, params):
        super(MobileNet_SDN, self).__init__()
        self.cfg = params['cfg']
        self.add_output = np.array(params['add_ic'])
        self.num_classes = int(params['num_classes'])
        self.num_output = sum(self.add_output) + 1
        self.in_channels = params.get('width', 8)
        self.cur_input_size = params['input_size']
        self.confidence_threshold = params['threshold']
        self.init_conv = nn.Sequential(nn.Conv2d(3, self.in_channels, 3, 1, 1, bias=False),
                                       nn.BatchNorm2d(self.in_channels), nn.ReLU(inplace=True))
        self.layers = nn.ModuleList()
        self.layers.extend(self._make_layers())
        end_layers = [nn.AvgPool2d(4), sdn.Flatten(), nn.Linear(self.in_channels, self.num_classes)]
        self.end_layers = nn.Sequential(*end_layers)
        sdn.weights_init(self)

    def _make_layers(self):
        layers = []
        output_id = 0
        for block_id, x in enumerate(self.cfg):
            out_planes = x if isinstance(x, int) else x[0]
            stride = 1 if isinstance(x, int) else x[1]
            if stride == 2:
                self.cur_input_size = int(self.cur_input_size / 2)
            add_output = self.add_output[block_id]
            params = (add_output, self.num_classes, self.cur_input_size, output_id)
            layers.append(BlockWOutput(self.in_channels, out_planes, params, stride))
            self.in_channels = out_planes
            output_id += add_output
        return layers

    def forward(self, x):
        """All outputs, as in training."""
        outputs = []
        fwd = self.init_conv(x)
        for layer in self.layers:
            fwd, is_output, output = layer(fwd)
            if is_output:
                outputs.append(output)
        outputs.append(self.end_layers(fwd))
        return outputs

    def early_exit(self, x):
        confidences = []
        outputs = []
        fwd = self.init_conv(x)
        output_id = 0
        for layer in self.layers:
            fwd, is_output, output = layer(fwd)
            if is_output:
                outputs.append(output)
                softmax = nn.functional.softmax(output[0], dim=0)
                confidence = torch.max(softmax)
                confidences.append(confidence)
                if confidence >= self.confidence_threshold:
                    is_early = True
                    return output, output_id, is_early
                output_id += is_output
        output = self.end_layers(fwd)
        outputs.append(output)
        softmax = nn.functional.softmax(output[0], dim=0)
        confidences.append(torch.max(softmax))
        is_early = False
        max_confidence_output = np.argmax(confidences)
        return outputs[max_confidence_output], max_confidence_output, is_early


def mobilenet_sdn():
    return MobileNet_SDN({'cfg': [16, (24, 2), 24, (32, 2), 32, (64, 2), 64], 'add_ic': [0, 1, 0, 1, 0, 1, 0],
                          'num_classes': 10, 'input_size': 32, 'threshold': 0.6})
