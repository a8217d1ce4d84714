"""The newer place of helpers for layers."""

from transformers.modeling_utils import (
    Conv1D,
    apply_chunking_to_forward,
    find_pruneable_heads_and_indices,
    prune_conv1d_layer,
    prune_linear_layer,
)
