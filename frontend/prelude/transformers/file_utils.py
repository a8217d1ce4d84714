"""The older place of the documentation decorators."""

from transformers.utils import *
from transformers.utils import ModelOutput
