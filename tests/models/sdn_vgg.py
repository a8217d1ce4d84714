"""A shallow-deep VGG: convolution and fully connected blocks, each with an optional internal classifier."""

import torch
import torch.nn as nn

import sdn.classifier as classifier
from sdn.utils import Flatten, is_confident, weights_init as init_weights

CFG = {
    'small': [16, 'M', 24, 'M', 32, 32, 'M', 48, 48, 'M'],
}


class ConvBlockWOutput(nn.Module):
    def __init__(self, conv_params, output_params):
        super(ConvBlockWOutput, self).__init__()
        input_channels, output_channels, avg_pool_size, batch_norm = conv_params
        add_output, num_classes, input_size, self.output_id = output_params
        self.depth = 1
        conv_layers = [nn.Conv2d(in_channels=input_channels, out_channels=output_channels, kernel_size=3, padding=1)]
        if batch_norm:
            conv_layers.append(nn.BatchNorm2d(output_channels))
        conv_layers.append(nn.ReLU())
        if avg_pool_size > 1:
            conv_layers.append(nn.MaxPool2d(kernel_size=avg_pool_size))
        self.layers = nn.Sequential(*conv_layers)
        if add_output:
            self.output = classifier.InternalClassifier(input_size, output_channels, num_classes)
        self.no_output = not add_output

    def forward(self, x):
        fwd = self.layers(x)
        if self.no_output:
            return fwd, 0, None
        return fwd, 1, self.output(fwd)


class FcBlockWOutput(nn.Module):
    def __init__(self, fc_params, output_params, flatten=False):
        super(FcBlockWOutput, self).__init__()
        input_size, output_size = fc_params
        add_output, num_classes, self.output_id = output_params
        fc_layers = []
        if flatten:
            fc_layers.append(Flatten())
        fc_layers += [nn.Linear(input_size, output_size), nn.ReLU(), nn.Dropout(0.5)]
        self.layers = nn.Sequential(*fc_layers)
        self.output = nn.Linear(output_size, num_classes) if add_output else None

    def forward(self, x):
        fwd = self.layers(x)
        return (fwd, 1, self.output(fwd)) if self.output is not None else (fwd, 0, None)


class VGG_SDN(nn.Module):
    def __init__(self, cfg='small', add_ic=(0, 1, 0, 1, 0, 1), fc_layers=(32,), num_classes=10, input_size=32,
                 batch_norm=True, confidence_threshold=0.6):
        super(VGG_SDN, self).__init__()
        self.confidence_threshold = confidence_threshold
        self.num_output = 0
        self.init_conv = nn.Sequential()
        self.layers = nn.ModuleList()
        channel, size = 3, input_size
        plan = CFG[cfg]
        conv_id = 0
        for i, v in enumerate(plan):
            if v == 'M':
                continue
            pool = 2 if i + 1 < len(plan) and plan[i + 1] == 'M' else 1
            size = size // pool
            self.layers.append(ConvBlockWOutput((channel, v, pool, batch_norm),
                                                (add_ic[conv_id], num_classes, size, self.num_output)))
            self.num_output += add_ic[conv_id]
            channel = v
            conv_id += 1
        fc_input = channel * size * size
        for k, width in enumerate(fc_layers):
            self.layers.append(FcBlockWOutput((fc_input, width), (False, num_classes, self.num_output), flatten=k == 0))
            fc_input = width
        self.end_layers = nn.Sequential(nn.Linear(fc_input, num_classes))
        init_weights(self)

    def forward(self, x):
        fwd = self.init_conv(x)
        confidence_trail = []
        for layer in self.layers:
            fwd, is_output, output = layer(fwd)
            if not is_output:
                continue
            confident, prediction = is_confident(output, self.confidence_threshold)
            confidence_trail.append(torch.softmax(output, -1).max())
            if confident:
                break
        else:
            output = self.end_layers(fwd)
            prediction = output.argmax(1)[0]
        return {'output': output, 'prediction': prediction, 'trail': confidence_trail}
