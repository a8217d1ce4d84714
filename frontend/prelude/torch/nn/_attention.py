"""Attention."""

import math

import _braid
from torch import _math
from torch._core import rank, reshape, shape_of
from torch._linalg import matmul
from torch.nn._activation import dropout
from torch.nn._conv import linear


def scaled_dot_product_attention(
    query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False
):
    width = shape_of(query)[-1]
    factor = 1.0 / math.sqrt(width) if scale is None else scale
    if enable_gqa:
        times = shape_of(query)[-3] // shape_of(key)[-3]
        key, value = key.repeat_interleave(times, -3), value.repeat_interleave(times, -3)
    scores = matmul(query, key.transpose(-2, -1)) * factor
    if is_causal:
        if attn_mask is not None:
            raise RuntimeError("explicit attn_mask should not be set when is_causal=True")
        import torch

        attn_mask = torch.ones(shape_of(query)[-2], shape_of(key)[-2], dtype=torch.bool).tril()
    if attn_mask is not None:
        if _braid.code(attn_mask) == "bool":
            scores = scores.masked_fill(attn_mask.logical_not(), float("-inf"))
        else:
            scores = scores + attn_mask
    weights = _math.softmax(scores, -1)
    if dropout_p > 0:
        weights = dropout(weights, dropout_p)
    return matmul(weights, value)


def additive_mask(mask, like):
    """A mask as what is added to scores: truth values say where not to look."""
    if mask is None or _braid.code(mask) != "bool":
        return mask
    return _braid.full(shape_of(mask), 0, _braid.code(like)).masked_fill(mask, float("-inf"))


def multi_head_attention_forward(
    query,
    key,
    value,
    embed_dim_to_check,
    num_heads,
    in_proj_weight,
    in_proj_bias,
    bias_k,
    bias_v,
    add_zero_attn,
    dropout_p,
    out_proj_weight,
    out_proj_bias,
    training=True,
    key_padding_mask=None,
    need_weights=True,
    attn_mask=None,
    use_separate_proj_weight=False,
    q_proj_weight=None,
    k_proj_weight=None,
    v_proj_weight=None,
    static_k=None,
    static_v=None,
    average_attn_weights=True,
    is_causal=False,
):
    import torch

    if static_k is not None or static_v is not None:
        raise NotImplementedError("static keys and values of multi-head attention are not supported")
    batched = rank(query) == 3
    if not batched:
        query, key, value = query.unsqueeze(1), key.unsqueeze(1), value.unsqueeze(1)
        if key_padding_mask is not None:
            key_padding_mask = key_padding_mask.unsqueeze(0)
    length, n, width = shape_of(query)
    head = width // num_heads
    if use_separate_proj_weight:
        weights = [q_proj_weight, k_proj_weight, v_proj_weight]
    else:
        weights = in_proj_weight.chunk(3)
    biases = [None, None, None] if in_proj_bias is None else in_proj_bias.chunk(3)
    q, k, v = [linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases)]
    extra = 0
    if bias_k is not None:
        k = torch.cat([k, bias_k.expand(1, n, width)])
        v = torch.cat([v, bias_v.expand(1, n, width)])
        extra = extra + 1
    if add_zero_attn:
        zeros = torch.zeros(1, n, width, dtype=k.dtype)
        k, v = torch.cat([k, zeros]), torch.cat([v, zeros])
        extra = extra + 1
    source = shape_of(k)[0]
    q = reshape(q, [length, n, num_heads, head]).permute(1, 2, 0, 3)
    k = reshape(k, [source, n, num_heads, head]).permute(1, 2, 0, 3)
    v = reshape(v, [source, n, num_heads, head]).permute(1, 2, 0, 3)
    if is_causal and attn_mask is None:
        raise RuntimeError("Need attn_mask if specifying the is_causal hint.")
    mask = additive_mask(attn_mask, q)
    if mask is not None:
        if rank(mask) == 3:
            mask = reshape(mask, [n, num_heads, length, shape_of(mask)[-1]])
        if extra:
            mask = torch.nn.functional.pad(mask, (0, extra))
    if key_padding_mask is not None:
        hidden = additive_mask(key_padding_mask, q)
        if extra:
            hidden = torch.nn.functional.pad(hidden, (0, extra))
        hidden = reshape(hidden, [n, 1, 1, source])
        mask = hidden if mask is None else mask + hidden
    scores = matmul(q * (1.0 / math.sqrt(head)), k.transpose(-2, -1))
    if mask is not None:
        scores = scores + mask
    attention = _math.softmax(scores, -1)
    if training and dropout_p > 0:
        attention = dropout(attention, dropout_p)
    result = matmul(attention, v).permute(2, 0, 1, 3)
    result = linear(result.reshape(length, n, width), out_proj_weight, out_proj_bias)
    if not batched:
        result = result.squeeze(1)
    if not need_weights:
        return result, None
    if average_attn_weights:
        attention = attention.mean(1)
    return result, attention if batched else attention.squeeze(0)
