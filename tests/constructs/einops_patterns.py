# build: M()
# input: img=f32[2,3,4,4]
# input: x=f32[2,n,8]
# case: img=np.arange(96).reshape(2,3,4,4) / 10, x=np.arange(48).reshape(2,3,8) / 8
# case: img=np.arange(96).reshape(2,3,4,4) % 7, x=np.arange(80).reshape(2,5,8) % 11
from einops import einsum, pack, parse_shape, rearrange, reduce, repeat, unpack
from einops.layers.torch import Rearrange, Reduce
from torch import nn


class M(nn.Module):
    """Tensors taken apart and put together by einops patterns."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Sequential(
            Rearrange("b c (h p) (w q) -> b (h w) (p q c)", p=2, q=2), Reduce("b n d -> b d", "mean")
        )

    def forward(self, img, x):
        q, k = rearrange(x, "b n (two h d) -> two b h n d", two=2, h=2)
        scores = einsum(q, k, "b h i d, b h j d -> b h i j")
        tiles = repeat(self.patches(img), "b d -> b 3 d")
        copies = repeat(x, "b n d -> (b r) n d", r=2)
        packed, shapes = pack([x, x[:, 0]], "b * d")
        rest, first = unpack(packed * 2, shapes, "b * d")
        moved = rearrange(x, "... d -> d ...")
        pooled = reduce(img, "b c (h s) (w t) -> b c h w", "max", s=2, t=2)
        lowest = reduce(x, "... d -> ...", "min")
        stacked = rearrange([x, x], "s b n d -> b n (s d)")
        sizes = parse_shape(x, "b _ d")
        return scores, tiles, copies, packed, rest, first, moved, pooled, lowest, stacked, sizes["d"]
