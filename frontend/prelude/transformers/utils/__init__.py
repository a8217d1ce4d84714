"""Small helpers."""

from collections import OrderedDict

from transformers.utils import logging


class ModelOutput(OrderedDict):
    """A dataclass that is also a dictionary and a tuple of those of its fields that are not None."""

    def __post_init__(self):
        for name in type(self).__dataclass_fields__:
            value = self.__dict__.get(name)
            if value is not None:
                OrderedDict.__setitem__(self, name, value)

    def __getitem__(self, key):
        if isinstance(key, str):
            return OrderedDict.__getitem__(self, key)
        return self.to_tuple()[key]

    def __setattr__(self, name, value):
        if name in self and value is not None:
            OrderedDict.__setitem__(self, name, value)
        object.__setattr__(self, name, value)

    def __setitem__(self, key, value):
        OrderedDict.__setitem__(self, key, value)
        object.__setattr__(self, key, value)

    def to_tuple(self):
        return tuple([OrderedDict.__getitem__(self, name) for name in self.keys()])


def _kept(*args, **kwargs):
    """Decorators that only write documentation."""
    return lambda function: function


add_start_docstrings = add_start_docstrings_to_model_forward = add_code_sample_docstrings = _kept
replace_return_docstrings = add_end_docstrings = _kept


def is_torch_fx_proxy(x):
    return False


def is_flash_attn_2_available():
    return False


is_flash_attn_greater_or_equal_2_10 = is_flash_attn_2_available
