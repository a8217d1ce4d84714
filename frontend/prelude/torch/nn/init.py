"""Initialisation. Constants are kept; random values are only marked as such, because a checkpoint gives the real ones."""

import math

from torch import _creation
from torch._core import randomise


def calculate_gain(nonlinearity, param=None):
    gains = {"tanh": 5.0 / 3, "relu": math.sqrt(2.0), "selu": 3.0 / 4}
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        return math.sqrt(2.0 / (1 + slope**2))
    return gains.get(nonlinearity, 1.0)


def _random(name):
    def function(tensor, *args, **kwargs):
        return randomise(tensor, "torch.nn.init." + name, lambda: _creation.randn_like(tensor))

    function.__name__ = name
    return function


uniform_ = _random("uniform_")
normal_ = _random("normal_")
trunc_normal_ = _random("trunc_normal_")
xavier_uniform_ = _random("xavier_uniform_")
xavier_normal_ = _random("xavier_normal_")
kaiming_uniform_ = _random("kaiming_uniform_")
kaiming_normal_ = _random("kaiming_normal_")
orthogonal_ = _random("orthogonal_")
sparse_ = _random("sparse_")

uniform, normal = uniform_, normal_
xavier_uniform, xavier_normal = xavier_uniform_, xavier_normal_
kaiming_uniform, kaiming_normal = kaiming_uniform_, kaiming_normal_
orthogonal, sparse = orthogonal_, sparse_


def constant_(tensor, val):
    return tensor.fill_(val)


def zeros_(tensor):
    return tensor.zero_()


def ones_(tensor):
    return tensor.fill_(1)


constant = constant_


def eye_(tensor):
    return tensor.copy_(_creation.eye(tensor.shape[0], tensor.shape[1]))


def dirac_(tensor, groups=1):
    tensor.zero_()
    sizes = tensor.shape
    per_group = sizes[0] // groups
    centre = tuple([n // 2 for n in sizes[2:]])
    for g in range(groups):
        for i in range(min(per_group, sizes[1])):
            tensor[(g * per_group + i, i) + centre] = 1
    return tensor


eye, dirac = eye_, dirac_


def _calculate_fan_in_and_fan_out(tensor):
    sizes = tensor.shape
    if len(sizes) < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    receptive = 1
    for n in sizes[2:]:
        receptive = receptive * n
    return sizes[1] * receptive, sizes[0] * receptive


def _calculate_correct_fan(tensor, mode):
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return fan_in if mode.lower() == "fan_in" else fan_out


def _no_grad_trunc_normal_(tensor, *args, **kwargs):
    return trunc_normal_(tensor)
