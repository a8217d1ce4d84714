"""Attention, rotary embeddings and linear attention."""

import math

import _braid
import torch
from onnx._types import dtype_of
from onnx._values import op


def _heads(x, count):
    """`[batch, length, heads * size]` as `[batch, heads, length, size]`."""
    batch, length, width = x.shape
    return x.reshape([batch, length, count, width // count]).transpose(1, 2)


def _shared(x, heads):
    """Each head for the query heads that share it."""
    own = x.shape[1]
    if own == heads:
        return x
    batch, _, length, size = x.shape
    return x.unsqueeze(2).expand([batch, own, heads // own, length, size]).reshape([batch, heads, length, size])


@op
def Attention(q, k, v, attn_mask=None, past_key=None, past_value=None, nonpad_kv_seqlen=None, *, outputs, is_causal=0,
              kv_num_heads=None, left_window_size=-1, q_num_heads=None, qk_matmul_output_mode=0, right_window_size=-1,
              scale=None, softcap=0.0, softmax_precision=None):
    if (past_key is None) != (past_value is None):
        raise ValueError("past_key and past_value belong together")
    if past_key is not None and nonpad_kv_seqlen is not None:
        raise ValueError("nonpad_kv_seqlen is for a cache that is kept outside, so there is no past_key with it")
    flat = q.dim() == 3
    if flat:
        if q_num_heads is None or kv_num_heads is None:
            raise ValueError("inputs of rank 3 need q_num_heads and kv_num_heads")
        q, k, v = _heads(q, q_num_heads), _heads(k, kv_num_heads), _heads(v, kv_num_heads)
    root = math.sqrt(1 / math.sqrt(q.shape[3]) if scale is None else scale)
    if past_key is not None:
        k, v = torch.cat([past_key, k], 2), torch.cat([past_value, v], 2)
    bias = _bias(q, k, attn_mask, past_key, nonpad_kv_seqlen, is_causal, left_window_size, right_window_size)
    root = torch.tensor(root, dtype=q.dtype)
    scores = (q * root) @ (_shared(k, q.shape[1]) * root).transpose(2, 3)
    shown = scores
    if softcap > 0:
        cap = torch.tensor(softcap, dtype=q.dtype)
        scores = torch.tanh(scores / cap) * cap
        shown = scores if qk_matmul_output_mode == 1 else shown
    if bias is not None:
        scores = scores + bias
    if qk_matmul_output_mode == 2:
        shown = scores
    wide = scores if softmax_precision is None else scores.to(dtype_of(softmax_precision))
    # A row that attends to nothing is zero.
    most = torch.amax(wide, dim=3, keepdim=True)
    nothing = most == float("-inf")
    weights = torch.exp(wide - torch.where(nothing, torch.zeros_like(most), most))
    total = torch.sum(weights, dim=3, keepdim=True)
    weights = weights / torch.where(total == 0, torch.ones_like(total), total)
    if bias is not None:
        masked = torch.amax(bias, dim=-1, keepdim=True) == float("-inf")
        weights = torch.where(masked, torch.zeros_like(weights), weights)
    weights = weights.to(q.dtype)
    if qk_matmul_output_mode == 3:
        shown = weights
    y = weights @ _shared(v, q.shape[1])
    if flat:
        y = y.transpose(1, 2).reshape([y.shape[0], y.shape[2], -1])
    return (y, k, v, shown)[:outputs] if outputs > 1 else y


def _bias(q, k, mask, past_key, nonpad, is_causal, left, right):
    """What is added to the scores: `-inf` where a query does not attend; None for nothing."""
    queries, keys = q.shape[2], k.shape[2]
    bias = None
    if mask is not None:
        missing = keys - mask.shape[-1]
        out = _disallow(mask, q.dtype) if mask.dtype == torch.bool else mask
        if missing != 0:
            more = list(out.shape)
            more[-1] = missing
            out = torch.cat([out, torch.full(more, float("-inf"), dtype=q.dtype)], out.dim() - 1)
        bias = out
    row = torch.arange(queries).reshape([queries, 1])
    column = torch.arange(keys)
    if nonpad is not None:
        lengths = nonpad.reshape([-1, 1, 1, 1])
        row = row + (lengths - queries)
    elif past_key is not None:
        row = row + past_key.shape[2]
    allowed = []
    if is_causal:
        allowed.append(column <= row)
    if left >= 0:
        allowed.append(row - column <= left)
    if right >= 0:
        allowed.append(column - row <= right)
    if nonpad is not None:
        allowed.append(column < lengths)
    for condition in allowed:
        out = _disallow(condition, q.dtype)
        bias = out if bias is None else bias + out
    return bias


def _disallow(condition, dtype):
    return torch.where(condition, torch.tensor(0.0, dtype=dtype), torch.tensor(float("-inf"), dtype=dtype))


@op
def RotaryEmbedding(x, cos_cache, sin_cache, position_ids=None, *, interleaved=0, num_heads=0, rotary_embedding_dim=0):
    flat = x.dim() == 3
    if flat:
        if not num_heads:
            raise ValueError("an input of rank 3 needs num_heads")
        batch, length, width = x.shape
        y = x.reshape([batch, length, num_heads, width // num_heads])
    else:
        y = x.transpose(1, 2)
    size = y.shape[3]
    turned = rotary_embedding_dim or size
    rotated, kept = y.narrow(3, 0, turned), y.narrow(3, turned, size - turned)
    half = turned // 2
    cos = cos_cache if position_ids is None else torch.nn.functional.embedding(position_ids, cos_cache)
    sin = sin_cache if position_ids is None else torch.nn.functional.embedding(position_ids, sin_cache)
    cos, sin = cos.narrow(2, 0, half).unsqueeze(2), sin.narrow(2, 0, half).unsqueeze(2)
    if interleaved:
        pairs = rotated.reshape(list(rotated.shape)[:3] + [half, 2])
        a, b = pairs[..., 0], pairs[..., 1]
    else:
        a, b = rotated.narrow(3, 0, half), rotated.narrow(3, half, half)
    real, imaginary = cos * a - sin * b, sin * a + cos * b
    if interleaved:
        rotated = torch.stack([real, imaginary], 4).reshape(rotated.shape)
    else:
        rotated = torch.cat([real, imaginary], 3)
    y = torch.cat([rotated, kept], 3) if turned is not size else rotated
    return y.reshape(x.shape) if flat else y.transpose(1, 2)


@op
def LinearAttention(query, key, value, past_state=None, decay=None, beta=None, *, chunk_size=64, kv_num_heads, q_num_heads,
                    scale=0.0, update_rule="gated_delta"):
    if update_rule not in ("linear", "gated", "delta", "gated_delta"):
        raise ValueError(f"update_rule is {update_rule}, which is none of linear, gated, delta and gated_delta")
    q, k, v = _heads(query, q_num_heads), _heads(key, kv_num_heads), _heads(value, kv_num_heads)
    batch, _, length, size = k.shape
    width = v.shape[3]
    factor = scale if scale != 0.0 else 1 / math.sqrt(size)
    state = torch.zeros([batch, kv_num_heads, size, width]) if past_state is None else past_state.to(torch.float32)
    q, k, v = q.to(torch.float32), k.to(torch.float32), v.to(torch.float32)
    if update_rule in ("gated", "gated_delta") and decay is None or update_rule in ("delta", "gated_delta") and beta is None:
        raise ValueError(f"the rule {update_rule} needs an input that is left out")
    gates = None if decay is None else _per_head(decay.to(torch.float32), kv_num_heads)
    rates = None if beta is None else _per_head(beta.to(torch.float32), kv_num_heads)
    shared = q_num_heads // kv_num_heads
    steps = []
    for t in range(length):
        row, column = k[:, :, t].unsqueeze(3), v[:, :, t].unsqueeze(2)
        if update_rule in ("gated", "gated_delta"):
            state = torch.exp(gates[:, :, t]).unsqueeze(3) * state
        if update_rule in ("delta", "gated_delta"):
            column = (column - torch.sum(state * row, dim=2, keepdim=True)) * rates[:, :, t].unsqueeze(3)
        state = state + row * column
        steps.append(state)
    states = torch.stack(steps, 2)
    wanted = q.reshape([batch, kv_num_heads, shared, length, size])
    out = factor * torch.einsum("bhgtd,bhtde->bhgte", wanted, states)
    out = out.reshape([batch, q_num_heads, length, width]).transpose(1, 2).reshape([batch, length, q_num_heads * width])
    return out.to(query.dtype), state.to(query.dtype if past_state is None else past_state.dtype)


def _per_head(x, heads):
    """`[batch, length, heads * size]` as `[batch, heads, length, size]`; one number for all heads stays one."""
    return x.unsqueeze(1) if _braid.known_equal(x.shape[2], 1) else _heads(x, heads)
