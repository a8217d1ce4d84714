"""The base class of networks. Weights come from the command line."""

import torch
from torch import nn


class ModuleUtilsMixin:
    def get_extended_attention_mask(self, attention_mask, input_shape, device=None, dtype=torch.float32):
        """What is added to the scores: 0 where a position may be seen, the lowest number where not."""
        if attention_mask.dim() == 3:
            extended = attention_mask[:, None, :, :]
        elif attention_mask.dim() == 2:
            if self.config.is_decoder:
                steps = torch.arange(input_shape[1])
                causal = (steps[None, None, :] <= steps[None, :, None]).to(attention_mask.dtype)
                extended = causal[:, None, :, :] * attention_mask[:, None, None, :]
            else:
                extended = attention_mask[:, None, None, :]
        else:
            raise ValueError(f"Wrong shape for input_ids (shape {input_shape}) or attention_mask (shape {attention_mask.shape})")
        return (1.0 - extended.to(dtype)) * torch.finfo(dtype).min

    def invert_attention_mask(self, encoder_attention_mask):
        wide = encoder_attention_mask
        wide = wide[:, None, :, :] if wide.dim() == 3 else wide[:, None, None, :]
        return (1.0 - wide.to(torch.float32)) * torch.finfo(torch.float32).min

    def get_head_mask(self, head_mask, num_hidden_layers, is_attention_chunked=False):
        if head_mask is not None:
            raise NotImplementedError("a head mask is not supported; give None")
        return [None] * num_hidden_layers

    @property
    def device(self):
        return torch.device("cpu")

    @property
    def dtype(self):
        return next(self.parameters()).dtype


class PreTrainedModel(nn.Module, ModuleUtilsMixin):
    config_class = None
    base_model_prefix = ""
    main_input_name = "input_ids"
    supports_gradient_checkpointing = False
    is_parallelizable = False

    def __init__(self, config, *inputs, **kwargs):
        super().__init__()
        self.config = config

    @property
    def base_model(self):
        return getattr(self, self.base_model_prefix, self)

    def post_init(self):
        self.init_weights()

    def init_weights(self):
        self.tie_weights()

    def _init_weights(self, module):
        pass

    def get_input_embeddings(self):
        base = self.base_model
        if base is not self:
            return base.get_input_embeddings()
        raise NotImplementedError(f"{type(self).__name__} has no get_input_embeddings")

    def get_output_embeddings(self):
        return None

    def tie_weights(self):
        output = self.get_output_embeddings()
        if output is not None and self.config.tie_word_embeddings:
            output.weight = self.get_input_embeddings().weight

    def gradient_checkpointing_enable(self, *args, **kwargs):
        pass

    @classmethod
    def from_pretrained(cls, name, *args, **kwargs):
        raise NotImplementedError(
            f"{cls.__name__}.from_pretrained({name!r}) is not supported: nothing is downloaded; build the network from its"
            " settings and give the checkpoint with --weights"
        )


def apply_chunking_to_forward(forward_fn, chunk_size, chunk_dim, *input_tensors):
    if chunk_size == 0:
        return forward_fn(*input_tensors)
    pieces = zip(*[t.split(chunk_size, chunk_dim) for t in input_tensors])
    return torch.cat([forward_fn(*piece) for piece in pieces], chunk_dim)


def find_pruneable_heads_and_indices(*args, **kwargs):
    raise NotImplementedError("pruning of heads is not supported: prune before the checkpoint is written")


prune_linear_layer = prune_conv1d_layer = find_pruneable_heads_and_indices


class Conv1D(nn.Module):
    """A linear layer whose weight is transposed."""

    def __init__(self, nf, nx):
        super().__init__()
        self.nf = nf
        self.weight = nn.Parameter(torch.randn(nx, nf))
        self.bias = nn.Parameter(torch.zeros(nf))

    def forward(self, x):
        return x @ self.weight + self.bias
