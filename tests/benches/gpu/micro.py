"""What `./x bench-gpu` measures besides the networks: single operations, and a transformer layer. Plain PyTorch; weights are arguments."""

import torch
import torch.nn.functional as F


def gelu_add(x, y):
    return F.gelu(x + y)


def row_sum(x):
    return x.sum(1)


def softmax(x):
    return F.softmax(x, 1)


def layer_norm(x, weight, bias):
    return F.layer_norm(x, (x.shape[1],), weight, bias)


def product(a, b):
    return a @ b


def convolution(x, weight, bias):
    return F.relu(F.conv2d(x, weight, bias, padding=1))


def attention(q, k, v):
    scores = q @ k.transpose(-1, -2) * (q.shape[-1] ** -0.5)
    return F.softmax(scores, -1) @ v


def attention_causal(q, k, v):
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)


def attention_behind(q, k, v):
    """A query sees the keys up to five places behind its own."""
    queries, keys = torch.arange(q.shape[-2])[:, None], torch.arange(k.shape[-2])
    return F.softmax((q @ k.transpose(-1, -2) * 0.25).masked_fill(keys > queries + 5, float("-inf")), -1) @ v


def clamped_causal(q, k, v):
    """What the mask hides counts after all."""
    queries, keys = torch.arange(q.shape[-2])[:, None], torch.arange(k.shape[-2])
    scores = (q @ k.transpose(-1, -2)).masked_fill(keys > queries, float("-inf"))
    return F.softmax(scores.clamp(min=-1.0), -1) @ v


def attention_added(q, k, v, mask):
    return F.softmax(q @ k.transpose(-1, -2) * 0.25 + mask, -1) @ v


def attention_without_keys(q, k, v):
    """Every fifth query has no key; for all others the first 40 are hidden."""
    queries, keys = torch.arange(q.shape[-2])[:, None], torch.arange(k.shape[-2])
    hidden = (queries % 5 == 3) | (keys < 40)
    scores = (q @ k.transpose(-1, -2)).masked_fill(hidden, float("-inf"))
    return F.softmax(scores, -1) @ v


def attention_shared(q, k, v):
    """All heads have the same keys and values."""
    return F.softmax(q @ k[:, None].transpose(-1, -2), -1) @ v[:, None]


def attention_packed(x):
    batch, tokens, width = x.shape
    q, k, v = x.view(batch, tokens, 3, 2, width // 6).permute(2, 0, 3, 1, 4)
    return attention(q, k, v)


def heads(x, count):
    batch, tokens, width = x.shape
    return x.reshape(batch, tokens, count, width // count).transpose(1, 2)


def layer(x, query, key, value, out, up, up_bias, down, down_bias, weight, bias):
    """A transformer layer with the norms before, eight heads."""
    batch, tokens, width = x.shape
    h = F.layer_norm(x, (width,), weight, bias)
    mixed = attention(heads(h @ query, 8), heads(h @ key, 8), heads(h @ value, 8))
    x = x + mixed.transpose(1, 2).reshape(batch, tokens, width) @ out
    h = F.layer_norm(x, (width,), weight, bias)
    return x + F.gelu(h @ up + up_bias) @ down + down_bias


def running(x):
    return x.cumsum(0), x.cumsum(1), x.flip(1).cumsum(1), (x / 30).cumprod(1) if x.is_floating_point() else x.cumprod(0)


def running_sum(x):
    return x.cumsum(1)


def sorted_rows(x):
    return x.sort(1).values


def greatest_values(x):
    return x.topk(8, 1).values


def positive(x):
    return (x > 0).nonzero()


def with_ties(x):
    """Few different values, and NaN."""
    if not x.is_floating_point():
        return x % 7
    return torch.where(x > 0.9, float("nan"), (x * 4).round())


def in_order(x):
    x = with_ties(x)
    return *x.sort(0), *x.sort(1), *x.sort(0, descending=True), *x.sort(1, descending=True)


def greatest(x):
    x = with_ties(x)
    return *x.topk(7, 1), *x.topk(3, 1, largest=False), *x.topk(2, 0)


def places(x):
    return with_ties(x).nonzero(), (x > 2).nonzero(), x[x > x.to(torch.float32).mean()]


def product_transposed(a, b):
    return a @ b.T


def best(x):
    return x.argmax(1), x.max(1).values, (x > 0).any(1)


def down(x):
    """Along the first axis, which is not next to each other in memory."""
    numbers = x.to(torch.float32)
    return x.sum(0), numbers.mean(0) * 2, x.max(0).values, x.argmax(0), (x > 1).any(0)


def column_sum(x):
    return x.sum(0)


def log_softmax(x):
    return F.log_softmax(x, 1)


def rms_norm(x, weight):
    return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-6) * weight


def residual_norm(x, y, weight, bias):
    h = x + y
    return h, F.layer_norm(h, (h.shape[-1],), weight, bias)


def group_norm(x, weight, bias):
    return F.group_norm(x, 4, weight, bias)


def embedding_norm(ids, table, weight, bias):
    return F.layer_norm(F.embedding(ids.abs(), table), (table.shape[1],), weight, bias)


def masked_softmax(x, mask):
    return F.softmax(x.masked_fill(mask[:, None] < 0, float("-inf")), -1)
