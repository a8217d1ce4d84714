"""Layers without parameters of their own: each is a function of `functional` and its settings.

`settings` lists the arguments of the constructor in order with their defaults; they become attributes of the same names.
"""

from torch.nn import functional as F
from torch.nn.modules.module import Module

_REQUIRED = object()


class _Simple(Module):
    settings = ()

    def __init__(self, *args, **kwargs):
        super().__init__()
        if len(args) > len(self.settings):
            raise TypeError(f"{type(self).__name__} takes at most {len(self.settings)} arguments, not {len(args)}")
        for i, (name, default) in enumerate(self.settings):
            if i < len(args):
                if name in kwargs:
                    raise TypeError(f"{type(self).__name__} got multiple values for argument '{name}'")
                value = args[i]
            else:
                value = kwargs.pop(name, default)
            if value is _REQUIRED:
                raise TypeError(f"{type(self).__name__} misses the argument '{name}'")
            setattr(self, name, value)
        for name in kwargs:
            raise TypeError(f"{type(self).__name__} got an unexpected argument '{name}'")

    def extra_repr(self):
        return ", ".join([f"{name}={getattr(self, name)}" for name, _ in self.settings])


def _layer(name, function, *settings, base=_Simple):
    """A layer whose settings are the function's arguments after the input, in order."""

    def forward(self, input):
        return function(input, *[getattr(self, setting) for setting, _ in settings])

    return type(name, (base,), {"settings": settings, "forward": forward})


_INPLACE = ("inplace", False)

ReLU = _layer("ReLU", F.relu, _INPLACE)
ReLU6 = _layer("ReLU6", F.relu6, _INPLACE)
SiLU = _layer("SiLU", F.silu, _INPLACE)
Mish = _layer("Mish", F.mish, _INPLACE)
SELU = _layer("SELU", F.selu, _INPLACE)
Hardswish = _layer("Hardswish", F.hardswish, _INPLACE)
Hardsigmoid = _layer("Hardsigmoid", F.hardsigmoid, _INPLACE)
ELU = _layer("ELU", F.elu, ("alpha", 1.0), _INPLACE)
CELU = _layer("CELU", F.celu, ("alpha", 1.0), _INPLACE)
GELU = _layer("GELU", F.gelu, ("approximate", "none"))
GLU = _layer("GLU", F.glu, ("dim", -1))
LeakyReLU = _layer("LeakyReLU", F.leaky_relu, ("negative_slope", 0.01), _INPLACE)
Hardtanh = _layer("Hardtanh", F.hardtanh, ("min_val", -1.0), ("max_val", 1.0), _INPLACE)
Threshold = _layer("Threshold", F.threshold, ("threshold", _REQUIRED), ("value", _REQUIRED), _INPLACE)
Softplus = _layer("Softplus", F.softplus, ("beta", 1.0), ("threshold", 20.0))
Softshrink = _layer("Softshrink", F.softshrink, ("lambd", 0.5))
Hardshrink = _layer("Hardshrink", F.hardshrink, ("lambd", 0.5))
Softsign = _layer("Softsign", F.softsign)
Tanhshrink = _layer("Tanhshrink", F.tanhshrink)
LogSigmoid = _layer("LogSigmoid", F.logsigmoid)
Sigmoid = _layer("Sigmoid", F.sigmoid)
Tanh = _layer("Tanh", F.tanh)
Softmax = _layer("Softmax", F.softmax, ("dim", None))
Softmin = _layer("Softmin", F.softmin, ("dim", None))
LogSoftmax = _layer("LogSoftmax", F.log_softmax, ("dim", None))
Softmax2d = _layer("Softmax2d", lambda input: F.softmax(input, input.dim() - 3))
RReLU = _layer("RReLU", F.rrelu, ("lower", 1.0 / 8), ("upper", 1.0 / 3))


class _Dropout(_Simple):
    settings = (("p", 0.5), _INPLACE)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not 0 <= self.p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {self.p}")


def _dropout(name, function):
    def forward(self, input):
        return function(input, self.p, self.training, self.inplace)

    return type(name, (_Dropout,), {"forward": forward})


Dropout = _dropout("Dropout", F.dropout)
Dropout1d = _dropout("Dropout1d", F.dropout1d)
Dropout2d = _dropout("Dropout2d", F.dropout2d)
Dropout3d = _dropout("Dropout3d", F.dropout3d)
AlphaDropout = _dropout("AlphaDropout", F.alpha_dropout)
FeatureAlphaDropout = _dropout("FeatureAlphaDropout", F.feature_alpha_dropout)

_MAX_POOL = (
    ("kernel_size", _REQUIRED),
    ("stride", None),
    ("padding", 0),
    ("dilation", 1),
    ("return_indices", False),
    ("ceil_mode", False),
)


class _MaxPool(_Simple):
    settings = _MAX_POOL
    function = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.stride is None:
            self.stride = self.kernel_size

    def forward(self, input):
        return type(self).function(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            ceil_mode=self.ceil_mode,
            return_indices=self.return_indices,
        )


class MaxPool1d(_MaxPool):
    function = F.max_pool1d


class MaxPool2d(_MaxPool):
    function = F.max_pool2d


class MaxPool3d(_MaxPool):
    function = F.max_pool3d


class _AvgPool(_Simple):
    function = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.stride is None:
            self.stride = self.kernel_size

    def forward(self, input):
        return type(self).function(input, *[getattr(self, name) for name, _ in self.settings])


_AVG_POOL = (
    ("kernel_size", _REQUIRED),
    ("stride", None),
    ("padding", 0),
    ("ceil_mode", False),
    ("count_include_pad", True),
)


class AvgPool1d(_AvgPool):
    settings = _AVG_POOL
    function = F.avg_pool1d


class AvgPool2d(_AvgPool):
    settings = _AVG_POOL + (("divisor_override", None),)
    function = F.avg_pool2d


class AvgPool3d(_AvgPool):
    settings = _AVG_POOL + (("divisor_override", None),)
    function = F.avg_pool3d


_LP_POOL = (("norm_type", _REQUIRED), ("kernel_size", _REQUIRED), ("stride", None), ("ceil_mode", False))
LPPool1d = _layer("LPPool1d", F.lp_pool1d, *_LP_POOL)
LPPool2d = _layer("LPPool2d", F.lp_pool2d, *_LP_POOL)
LPPool3d = _layer("LPPool3d", F.lp_pool3d, *_LP_POOL)

_SIZE = ("output_size", _REQUIRED)
AdaptiveAvgPool1d = _layer("AdaptiveAvgPool1d", F.adaptive_avg_pool1d, _SIZE)
AdaptiveAvgPool2d = _layer("AdaptiveAvgPool2d", F.adaptive_avg_pool2d, _SIZE)
AdaptiveAvgPool3d = _layer("AdaptiveAvgPool3d", F.adaptive_avg_pool3d, _SIZE)
_INDICES = ("return_indices", False)
AdaptiveMaxPool1d = _layer("AdaptiveMaxPool1d", F.adaptive_max_pool1d, _SIZE, _INDICES)
AdaptiveMaxPool2d = _layer("AdaptiveMaxPool2d", F.adaptive_max_pool2d, _SIZE, _INDICES)
AdaptiveMaxPool3d = _layer("AdaptiveMaxPool3d", F.adaptive_max_pool3d, _SIZE, _INDICES)


class _MaxUnpool(_Simple):
    settings = (("kernel_size", _REQUIRED), ("stride", None), ("padding", 0))
    function = None

    def forward(self, input, indices, output_size=None):
        return type(self).function(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool1d(_MaxUnpool):
    function = F.max_unpool1d


class MaxUnpool2d(_MaxUnpool):
    function = F.max_unpool2d


class MaxUnpool3d(_MaxUnpool):
    function = F.max_unpool3d


class FractionalMaxPool2d(Module):
    def __init__(self, *args, **kwargs):
        raise NotImplementedError("fractional pooling is not supported: its windows are random")


FractionalMaxPool3d = FractionalMaxPool2d


class _Pad(_Simple):
    """Padding of the last n dimensions; one number pads them all."""

    settings = (("padding", _REQUIRED),)
    spatial = 0
    mode = "constant"
    value = 0.0

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if isinstance(self.padding, int):
            self.padding = (self.padding,) * (2 * self.spatial)

    def forward(self, input):
        return F.pad(input, self.padding, self.mode, self.value)


class _ConstantPad(_Pad):
    settings = (("padding", _REQUIRED), ("value", _REQUIRED))


def _pad(name, base, spatial, mode):
    return type(name, (base,), {"spatial": spatial, "mode": mode})


ConstantPad1d = _pad("ConstantPad1d", _ConstantPad, 1, "constant")
ConstantPad2d = _pad("ConstantPad2d", _ConstantPad, 2, "constant")
ConstantPad3d = _pad("ConstantPad3d", _ConstantPad, 3, "constant")
ZeroPad1d = _pad("ZeroPad1d", _Pad, 1, "constant")
ZeroPad2d = _pad("ZeroPad2d", _Pad, 2, "constant")
ZeroPad3d = _pad("ZeroPad3d", _Pad, 3, "constant")
ReflectionPad1d = _pad("ReflectionPad1d", _Pad, 1, "reflect")
ReflectionPad2d = _pad("ReflectionPad2d", _Pad, 2, "reflect")
ReflectionPad3d = _pad("ReflectionPad3d", _Pad, 3, "reflect")
ReplicationPad1d = _pad("ReplicationPad1d", _Pad, 1, "replicate")
ReplicationPad2d = _pad("ReplicationPad2d", _Pad, 2, "replicate")
ReplicationPad3d = _pad("ReplicationPad3d", _Pad, 3, "replicate")
CircularPad1d = _pad("CircularPad1d", _Pad, 1, "circular")
CircularPad2d = _pad("CircularPad2d", _Pad, 2, "circular")
CircularPad3d = _pad("CircularPad3d", _Pad, 3, "circular")
