"""Swin Transformer (Liu et al. 2021) and its second version (2022)."""

import math

import torch
from torch import nn
from torch.nn import functional as F
from torchvision.models._api import Weights, builder
from torchvision.ops.misc import MLP, Permute
from torchvision.ops.stochastic_depth import StochasticDepth


def _merged(x):
    """The four pixels of each 2x2 patch side by side; an odd row or column is completed with zeros."""
    height, width = x.shape[-3:-1]
    x = F.pad(x, (0, 0, 0, width % 2, 0, height % 2))
    return torch.cat([x[..., i::2, j::2, :] for j, i in ((0, 0), (0, 1), (1, 0), (1, 1))], -1)


class PatchMerging(nn.Module):
    def __init__(self, dim, norm_layer=nn.LayerNorm):
        super().__init__()
        self.dim = dim
        self.reduction = nn.Linear(4 * dim, 2 * dim, bias=False)
        self.norm = norm_layer(4 * dim)

    def forward(self, x):
        return self.reduction(self.norm(_merged(x)))


class PatchMergingV2(nn.Module):
    def __init__(self, dim, norm_layer=nn.LayerNorm):
        super().__init__()
        self.dim = dim
        self.reduction = nn.Linear(4 * dim, 2 * dim, bias=False)
        self.norm = norm_layer(2 * dim)

    def forward(self, x):
        return self.norm(self.reduction(_merged(x)))


def _split(x, window):
    """Windows of an image [batch, height, width, channels] as [batch * windows, pixels, channels]."""
    b, h, w, c = x.shape
    x = x.reshape(b, h // window[0], window[0], w // window[1], window[1], c)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, window[0] * window[1], c)


def _mask(height, width, window, shift):
    """What keeps pixels apart that only the roll has made neighbours."""

    def bands(size, window, shift):
        at = torch.arange(size)
        return (at >= size - window).long() + (at >= size - shift).long()

    rows = bands(height, window[0], shift[0]) if shift[0] else torch.zeros(height, dtype=torch.int64)
    columns = bands(width, window[1], shift[1]) if shift[1] else torch.zeros(width, dtype=torch.int64)
    region = rows[:, None] * 3 + columns
    region = _split(region[None, :, :, None], window).squeeze(-1)
    return torch.where(region[:, None, :] != region[:, :, None], -100.0, 0.0)


class ShiftedWindowAttention(nn.Module):
    def __init__(
        self, dim, window_size, shift_size, num_heads, qkv_bias=True, proj_bias=True, attention_dropout=0.0, dropout=0.0
    ):
        super().__init__()
        self.window_size = window_size
        self.shift_size = shift_size
        self.num_heads = num_heads
        self.attention_dropout = attention_dropout
        self.dropout = dropout
        self.qkv = nn.Linear(dim, dim * 3, bias=qkv_bias)
        self.proj = nn.Linear(dim, dim, bias=proj_bias)
        self.define_relative_position_bias_table()
        self.define_relative_position_index()

    def define_relative_position_bias_table(self):
        h, w = self.window_size
        self.relative_position_bias_table = nn.Parameter(torch.zeros((2 * h - 1) * (2 * w - 1), self.num_heads))
        nn.init.trunc_normal_(self.relative_position_bias_table, std=0.02)

    def define_relative_position_index(self):
        h, w = self.window_size
        at = torch.arange(h * w)
        y, x = at // w, at % w
        index = (y[:, None] - y + h - 1) * (2 * w - 1) + x[:, None] - x + w - 1
        self.register_buffer("relative_position_index", index.flatten())

    def get_relative_position_bias(self):
        n = self.window_size[0] * self.window_size[1]
        bias = self.relative_position_bias_table[self.relative_position_index]
        return bias.reshape(n, n, -1).permute(2, 0, 1).unsqueeze(0)

    def _scores(self, q, k):
        return (q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)

    def _qkv(self, x):
        return self.qkv(x)

    def forward(self, x):
        b, h, w, c = x.shape
        window = self.window_size
        x = F.pad(x, (0, 0, 0, -w % window[1], 0, -h % window[0]))
        high, wide = x.shape[1:3]
        # A window that covers the whole image is not shifted.
        shift = [0 if window[0] >= high else self.shift_size[0], 0 if window[1] >= wide else self.shift_size[1]]
        if sum(shift) > 0:
            x = torch.roll(x, (-shift[0], -shift[1]), (1, 2))
        x = _split(x, window)
        count, pixels = x.shape[:2]
        heads = self.num_heads
        q, k, v = self._qkv(x).reshape(count, pixels, 3, heads, c // heads).permute(2, 0, 3, 1, 4).unbind(0)
        scores = self._scores(q, k) + self.get_relative_position_bias()
        if sum(shift) > 0:
            mask = _mask(high, wide, window, shift)
            scores = scores.reshape(b, -1, heads, pixels, pixels) + mask[None, :, None]
            scores = scores.reshape(count, heads, pixels, pixels)
        weights = F.dropout(scores.softmax(-1), self.attention_dropout, self.training)
        x = (weights @ v).transpose(1, 2).reshape(count, pixels, c)
        x = F.dropout(self.proj(x), self.dropout, self.training)
        x = x.reshape(b, high // window[0], wide // window[1], window[0], window[1], c)
        x = x.permute(0, 1, 3, 2, 4, 5).reshape(b, high, wide, c)
        if sum(shift) > 0:
            x = torch.roll(x, (shift[0], shift[1]), (1, 2))
        return x[:, :h, :w]


class ShiftedWindowAttentionV2(ShiftedWindowAttention):
    """Attention by cosine, whose position bias is a small network of the logarithm of the distance."""

    def __init__(self, dim, window_size, shift_size, num_heads, *args, **kwargs):
        super().__init__(dim, window_size, shift_size, num_heads, *args, **kwargs)
        self.logit_scale = nn.Parameter(torch.log(10 * torch.ones(num_heads, 1, 1)))
        self.cpb_mlp = nn.Sequential(
            nn.Linear(2, 512, bias=True), nn.ReLU(inplace=True), nn.Linear(512, num_heads, bias=False)
        )

    def define_relative_position_bias_table(self):
        h, w = self.window_size
        y = torch.arange(-(h - 1), h, dtype=torch.float32) / (h - 1)
        x = torch.arange(-(w - 1), w, dtype=torch.float32) / (w - 1)
        table = torch.stack(torch.meshgrid([y, x], indexing="ij")).permute(1, 2, 0).unsqueeze(0) * 8
        self.register_buffer("relative_coords_table", torch.sign(table) * torch.log2(torch.abs(table) + 1.0) / 3.0)

    def get_relative_position_bias(self):
        n = self.window_size[0] * self.window_size[1]
        bias = self.cpb_mlp(self.relative_coords_table).reshape(-1, self.num_heads)[self.relative_position_index]
        return 16 * torch.sigmoid(bias.reshape(n, n, -1).permute(2, 0, 1).unsqueeze(0))

    def _scores(self, q, k):
        scale = self.logit_scale.clamp(max=math.log(100.0)).exp()
        return F.normalize(q, dim=-1) @ F.normalize(k, dim=-1).transpose(-2, -1) * scale

    def _qkv(self, x):
        if self.qkv.bias is None:
            return self.qkv(x)
        q, _, v = self.qkv.bias.chunk(3)
        return F.linear(x, self.qkv.weight, torch.cat([q, torch.zeros_like(q), v]))


class SwinTransformerBlock(nn.Module):
    attention = ShiftedWindowAttention

    def __init__(
        self,
        dim,
        num_heads,
        window_size,
        shift_size,
        mlp_ratio=4.0,
        dropout=0.0,
        attention_dropout=0.0,
        stochastic_depth_prob=0.0,
        norm_layer=nn.LayerNorm,
    ):
        super().__init__()
        self.norm1 = norm_layer(dim)
        self.attn = self.attention(
            dim, window_size, shift_size, num_heads, attention_dropout=attention_dropout, dropout=dropout
        )
        self.stochastic_depth = StochasticDepth(stochastic_depth_prob, "row")
        self.norm2 = norm_layer(dim)
        self.mlp = MLP(dim, [int(dim * mlp_ratio), dim], activation_layer=nn.GELU, dropout=dropout)

    def forward(self, x):
        x = x + self.stochastic_depth(self.attn(self.norm1(x)))
        return x + self.stochastic_depth(self.mlp(self.norm2(x)))


class SwinTransformerBlockV2(SwinTransformerBlock):
    attention = ShiftedWindowAttentionV2

    def forward(self, x):
        x = x + self.stochastic_depth(self.norm1(self.attn(x)))
        return x + self.stochastic_depth(self.norm2(self.mlp(x)))


class SwinTransformer(nn.Module):
    def __init__(
        self,
        patch_size,
        embed_dim,
        depths,
        num_heads,
        window_size,
        mlp_ratio=4.0,
        dropout=0.0,
        attention_dropout=0.0,
        stochastic_depth_prob=0.1,
        num_classes=1000,
        norm_layer=None,
        block=None,
        downsample_layer=PatchMerging,
    ):
        super().__init__()
        self.num_classes = num_classes
        block = SwinTransformerBlock if block is None else block
        norm = (lambda width: nn.LayerNorm(width, eps=1e-5)) if norm_layer is None else norm_layer
        patch = nn.Conv2d(3, embed_dim, tuple(patch_size), tuple(patch_size))
        layers = [nn.Sequential(patch, Permute([0, 2, 3, 1]), norm(embed_dim))]
        total, index = sum(depths), 0
        for stage, (depth, heads) in enumerate(zip(depths, num_heads)):
            width = embed_dim * 2**stage
            blocks = []
            for i in range(depth):
                shift = [0 if i % 2 == 0 else n // 2 for n in window_size]
                drop = stochastic_depth_prob * index / (total - 1)
                blocks.append(
                    block(width, heads, window_size, shift, mlp_ratio, dropout, attention_dropout, drop, norm)
                )
                index += 1
            layers.append(nn.Sequential(*blocks))
            if stage + 1 < len(depths):
                layers.append(downsample_layer(width, norm))
        self.features = nn.Sequential(*layers)
        features = embed_dim * 2 ** (len(depths) - 1)
        self.norm = norm(features)
        self.permute = Permute([0, 3, 1, 2])
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten(1)
        self.head = nn.Linear(features, num_classes)

    def forward(self, x):
        x = self.permute(self.norm(self.features(x)))
        return self.head(self.flatten(self.avgpool(x)))


def _swin(name, width, depths, heads, window, drop, **fixed):
    def make(**kwargs):
        settings = {"stochastic_depth_prob": drop, **fixed, **kwargs}
        return SwinTransformer([4, 4], width, depths, heads, [window, window], **settings)

    return builder(name, make)


_V2 = {"block": SwinTransformerBlockV2, "downsample_layer": PatchMergingV2}
swin_t = _swin("swin_t", 96, [2, 2, 6, 2], [3, 6, 12, 24], 7, 0.2)
swin_s = _swin("swin_s", 96, [2, 2, 18, 2], [3, 6, 12, 24], 7, 0.3)
swin_b = _swin("swin_b", 128, [2, 2, 18, 2], [4, 8, 16, 32], 7, 0.5)
swin_v2_t = _swin("swin_v2_t", 96, [2, 2, 6, 2], [3, 6, 12, 24], 8, 0.2, **_V2)
swin_v2_s = _swin("swin_v2_s", 96, [2, 2, 18, 2], [3, 6, 12, 24], 8, 0.3, **_V2)
swin_v2_b = _swin("swin_v2_b", 128, [2, 2, 18, 2], [4, 8, 16, 32], 8, 0.5, **_V2)
Swin_T_Weights = Swin_S_Weights = Swin_B_Weights = Weights
Swin_V2_T_Weights = Swin_V2_S_Weights = Swin_V2_B_Weights = Weights
