"""Activations by name."""

import math
from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional as F


class NewGELUActivation(nn.Module):
    def forward(self, input):
        return 0.5 * input * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (input + 0.044715 * torch.pow(input, 3.0))))


class FastGELUActivation(nn.Module):
    def forward(self, input):
        return 0.5 * input * (1.0 + torch.tanh(input * 0.7978845608 * (1.0 + 0.044715 * input * input)))


class QuickGELUActivation(nn.Module):
    def forward(self, input):
        return input * torch.sigmoid(1.702 * input)


class GELUActivation(nn.Module):
    def forward(self, input):
        return F.gelu(input)


class ReLUSquaredActivation(nn.Module):
    def forward(self, input):
        return F.relu(input).square()


_CLASSES = {
    "gelu": GELUActivation,
    "gelu_fast": FastGELUActivation,
    "gelu_new": NewGELUActivation,
    "gelu_pytorch_tanh": lambda: nn.GELU(approximate="tanh"),
    "quick_gelu": QuickGELUActivation,
    "leaky_relu": nn.LeakyReLU,
    "linear": nn.Identity,
    "mish": nn.Mish,
    "relu": nn.ReLU,
    "relu2": ReLUSquaredActivation,
    "relu6": nn.ReLU6,
    "sigmoid": nn.Sigmoid,
    "silu": nn.SiLU,
    "swish": nn.SiLU,
    "tanh": nn.Tanh,
}


class _Activations(OrderedDict):
    def __getitem__(self, name):
        return _CLASSES[name]()


ACT2CLS = _CLASSES
ACT2FN = _Activations(_CLASSES)


def get_activation(name):
    if name not in _CLASSES:
        raise KeyError(f"function {name} not found in ACT2FN mapping {list(_CLASSES)}")
    return ACT2FN[name]


gelu_new = get_activation("gelu_new")
gelu = get_activation("gelu")
