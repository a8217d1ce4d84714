"""Helpers that sources take from torchvision's models."""

from collections import OrderedDict

from torch import nn
from torchvision.models._api import make_divisible as _make_divisible


class IntermediateLayerGetter(nn.ModuleDict):
    """The layers of a network up to the last that is asked for; a call gives the results of those by their new names."""

    def __init__(self, model, return_layers):
        names = [name for name, _ in model.named_children()]
        if not all([layer in names for layer in return_layers]):
            raise ValueError("return_layers are not present in model")
        wanted = {str(layer): str(new) for layer, new in return_layers.items()}
        left = set(wanted)
        layers = OrderedDict()
        for name, module in model.named_children():
            layers[name] = module
            left.discard(name)
            if not left:
                break
        super().__init__(layers)
        self.return_layers = wanted

    def forward(self, x):
        out = OrderedDict()
        for name, module in self.items():
            x = module(x)
            if name in self.return_layers:
                out[self.return_layers[name]] = x
        return out
