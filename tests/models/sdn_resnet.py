"""A shallow-deep ResNet: some residual blocks carry an internal classifier, and a confident one ends the run."""

import torch.nn as nn
import torch.nn.functional as F

from sdn import InternalClassifier, is_confident, weights_init


class BasicBlockWOutput(nn.Module):
    expansion = 1

    def __init__(self, in_channels, channels, params, stride=1):
        super(BasicBlockWOutput, self).__init__()
        add_output = params[0]
        num_classes = params[1]
        input_size = params[2]
        self.output_id = params[3]
        self.depth = 2

        layers = nn.ModuleList()
        conv_layer = [nn.Conv2d(in_channels, channels, kernel_size=3, stride=stride, padding=1, bias=False),
                      nn.BatchNorm2d(channels), nn.ReLU(),
                      nn.Conv2d(channels, channels, kernel_size=3, stride=1, padding=1, bias=False),
                      nn.BatchNorm2d(channels)]
        layers.append(nn.Sequential(*conv_layer))

        shortcut = nn.Sequential()
        if stride != 1 or in_channels != self.expansion * channels:
            shortcut = nn.Sequential(
                nn.Conv2d(in_channels, self.expansion * channels, kernel_size=1, stride=stride, bias=False),
                nn.BatchNorm2d(self.expansion * channels))
        layers.append(shortcut)
        layers.append(nn.ReLU())
        self.layers = layers

        if add_output:
            self.output = InternalClassifier(input_size, self.expansion * channels, num_classes)
            self.no_output = False
        else:
            self.output = None
            self.forward = self.only_forward
            self.no_output = True

    def forward(self, x):
        fwd = self.layers[2](self.layers[0](x) + self.layers[1](x))
        return fwd, 1, self.output(fwd)

    def only_forward(self, x):
        fwd = self.layers[2](self.layers[0](x) + self.layers[1](x))
        return fwd, 0, None


class ResNet_SDN(nn.Module):
    def __init__(self, num_blocks=(2, 2, 2), add_ic=((0, 1), (1, 0), (1, 0)), num_classes=10, width=8,
                 confidence_threshold=0.5):
        super(ResNet_SDN, self).__init__()
        self.num_classes = num_classes
        self.in_channels = width
        self.num_output = 0
        self.cur_input_size = 32
        self.confidence_threshold = confidence_threshold

        self.init_conv = nn.Sequential(
            nn.Conv2d(3, width, kernel_size=3, stride=1, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
        )
        self.layers = nn.ModuleList()
        for stage, blocks in enumerate(num_blocks):
            self.layers.extend(self._make_layer(width * 2 ** stage, blocks, 1 + (stage > 0), add_ic[stage]))
        self.end_layers = nn.Sequential(nn.AvgPool2d(kernel_size=8), nn.Flatten(),
                                        nn.Linear(self.in_channels, num_classes))
        weights_init(self)

    def _make_layer(self, channels, blocks, stride, add_ic):
        strides = [stride] + [1] * (blocks - 1)
        layers = []
        self.cur_input_size = int(self.cur_input_size / stride)
        for s, ic in zip(strides, add_ic):
            params = (ic, self.num_classes, self.cur_input_size, self.num_output)
            layers.append(BasicBlockWOutput(self.in_channels, channels, params, s))
            self.in_channels = channels * BasicBlockWOutput.expansion
            self.num_output += ic
        return layers

    def forward(self, x):
        """The output of the first confident classifier, which one it was, and whether the run ended early."""
        outputs = []
        fwd = self.init_conv(x)
        output_id = 0
        for layer in self.layers:
            fwd, is_output, output = layer(fwd)
            if is_output:
                outputs.append(output)
                confident, prediction = is_confident(output, self.confidence_threshold)
                if confident:
                    return output, output_id, True
                output_id += is_output
        output = self.end_layers(fwd)
        outputs.append(output)
        confidences = [F.softmax(o, dim=1).max() for o in outputs]
        if confidences[-1] >= self.confidence_threshold:
            return output, output_id, False
        # Nobody is confident: the most confident of all decides.
        best, best_id = confidences[0], 0
        for i, c in enumerate(confidences[1:], start=1):
            if c > best:
                best, best_id = c, i
        return outputs[best_id], best_id, False
