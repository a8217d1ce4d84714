"""`transformers`: the small base that other people's models are written on. Its networks are not here; put the source of
one next to the model."""

from transformers import activations, configuration_utils, modeling_outputs, modeling_utils, utils
from transformers.configuration_utils import PretrainedConfig
from transformers.modeling_utils import PreTrainedModel
