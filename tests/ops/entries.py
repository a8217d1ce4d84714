"""The tables of torch functions, methods and layers for make.py: what is called, and on which values."""

import numpy as np

ENTRIES = []


def r(*shape, scale=1.0):
    """Normal values on a grid of 1/64."""
    return lambda g: (np.round(g.standard_normal(shape) * scale * 64) / 64).astype(np.float32)


def pos(*shape, low=0.1, high=3.0):
    return lambda g: (np.round(g.uniform(low, high, shape) * 64) / 64).astype(np.float32)


def unit(*shape):
    """Within the open interval from -1 to 1."""
    return pos(*shape, low=-0.97, high=0.97)


def ints(low, high, *shape, dtype=np.int64):
    return lambda g: g.integers(low, high, shape).astype(dtype)


def bools(*shape):
    return lambda g: g.integers(0, 2, shape).astype(bool)


def distinct(*shape):
    """No two values alike, so that an order is one order."""
    return lambda g: g.permutation(int(np.prod(shape))).reshape(shape).astype(np.float32) / 4 - 2


def i64(values):
    return np.array(values, dtype=np.int64)


def f32(values):
    return np.array(values, dtype=np.float32)


SPECIAL = f32([0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 1e-3, -30.0, 30.0, 100.0, np.inf, -np.inf, np.nan])


def f(name, body, **inputs):
    ENTRIES.append((name, None, body, inputs))


def m(name, layer, body="self.m(x)", **inputs):
    ENTRIES.append((name, layer, body, inputs))


# Elementwise functions of one argument, over ordinary and over special values
for op in ("abs", "neg", "exp", "expm1", "exp2", "log1p", "sin", "cos", "tan", "atan", "sinh", "cosh", "tanh", "asinh",
           "sigmoid", "erf", "erfc", "floor", "ceil", "round", "trunc", "frac", "sign", "square", "relu", "isnan",
           "isinf", "isfinite", "signbit", "positive"):
    f(f"unary_{op}", f"torch.{op}(x), torch.{op}(y)", x=r(2, 5), y=SPECIAL)
for op in ("sqrt", "rsqrt", "log", "log2", "log10", "reciprocal", "lgamma", "digamma"):
    f(f"unary_{op}", f"torch.{op}(x), torch.{op}(y)" if "gamma" not in op else f"torch.{op}(x)", x=pos(2, 5),
      **({"y": SPECIAL} if "gamma" not in op else {}))
for op in ("asin", "acos", "atanh", "erfinv"):
    f(f"unary_{op}", f"torch.{op}(x)", x=unit(3, 4))
f("unary_acosh", "torch.acosh(x)", x=pos(6, low=1.0))
f("unary_logit", "torch.logit(x), torch.logit(y, eps=1e-2)", x=pos(6, low=0.1, high=0.9), y=f32([0, 0.5, 1]))
f("unary_sinc_deg", "torch.sinc(x), torch.deg2rad(x), torch.rad2deg(x)", x=r(6))
f("unary_ints", "x.abs(), -x, x.sign(), x.square(), ~x", x=ints(-5, 6, 7))
f("unary_on_ints_gives_float",
  "torch.sqrt(x), torch.exp(x), x.sigmoid(), torch.sin(x), x.log()",
  x=ints(1, 6, 5))
f("nan_to_num", "torch.nan_to_num(x), x.nan_to_num(1.0, posinf=2.0, neginf=-2.0)", x=SPECIAL)
f("round_half_even",
  "torch.round(x), torch.round(x, decimals=1), x.trunc()",
  x=f32([0.5, 1.5, 2.5, -0.5, -1.5, 0.25]))
f("special_softmax",
  "torch.softmax(x, 0), torch.log_softmax(y, 0), torch.logsumexp(y, 0)",
  x=r(5, scale=30), y=r(5))
f("softmax_masked_row", "torch.softmax(x, -1)", x=f32([[0, -np.inf, 1], [-np.inf, -np.inf, 0]]))

# Elementwise functions of two arguments: broadcasting, promotion and the modes of division
for op, sign in (("add", "+"), ("sub", "-"), ("mul", "*"), ("div", "/")):
    f(f"binary_{op}", f"x {sign} y, torch.{op}(x, y), x {sign} 2, 3 {sign} y, x.{op}(0.5)", x=r(2, 1, 3), y=pos(4, 1))
for op in ("maximum", "minimum", "fmax", "fmin", "atan2", "hypot", "copysign", "logaddexp", "eq", "ne", "lt", "le", "gt", "ge"):
    f(f"binary_{op}", f"torch.{op}(x, y), torch.{op}(y, x)", x=r(3, 4), y=r(4))
f("binary_max_nan", "torch.maximum(x, y), torch.minimum(x, y), torch.fmax(x, y), torch.fmin(x, y)",
  x=f32([1, np.nan, np.inf, np.nan]), y=f32([np.nan, 2, -np.inf, np.nan]))
f("binary_pow",
  "x ** 2, x ** 0.5, x ** -1, 2 ** x, torch.pow(x, y), x.pow(3), torch.float_power(x, 2)",
  x=pos(2, 3), y=r(3))
f("binary_pow_int", "x ** 2, x ** 3, 2 ** y, x ** 0, x.float() ** y", x=ints(-4, 5, 6), y=ints(0, 5, 6))
f("add_alpha", "torch.add(x, y, alpha=2), torch.sub(x, y, alpha=0.5), x.add(y, alpha=-1)", x=r(3), y=r(3))
f("addcmul_addcdiv",
  "torch.addcmul(x, y, z, value=0.5), torch.addcdiv(x, y, z, value=-1)",
  x=r(3), y=r(3), z=pos(3))
f("int_division",
  "x / y, x // y, x % y, torch.div(x, y, rounding_mode='floor'), torch.div(x, y, "
  "rounding_mode='trunc'), torch.floor_divide(x, y), torch.remainder(x, y), torch.fmod(x, y)",
  x=i64([7, -7, 7, -7, 6, 0]), y=i64([2, 2, -2, -2, 3, 5]))
f("float_division",
  "x // y, x % y, torch.div(x, y, rounding_mode='trunc'), torch.fmod(x, y), torch.remainder(x, y)",
  x=f32([7.5, -7.5, 7.5, -7.5, 6]), y=f32([2, 2, -2, -2, 3]))
f("division_by_scalars", "x // 2, x % 3, 7 // x, 7 % x, x / 4, -x // 2", x=i64([1, 2, 3, -4, 5]))
f("division_by_zero", "x / y, torch.fmod(x, y), x % y", x=f32([1, -1, 0]), y=f32([0, 0, 0]))
f("promotion", "i + x, i * 2.5, i + 1, h + i, b + 1, b * x, i / 2, (i + h).sum(), d + x, b + b, u - 1",
  x=r(3), i=ints(-3, 4, 3), h=ints(-3, 4, 3, dtype=np.int32), b=bools(3), d=lambda g: g.standard_normal(3),
  u=ints(1, 9, 3, dtype=np.uint8))
f("promotion_scalars", "x + s, s + i, s * 2, x * t, i * t, torch.tensor(2) * i, torch.tensor(2.5) + i",
  x=r(3), i=ints(0, 4, 3), s=np.float64(1.5), t=np.int64(3))
f("promotion_cat_where",
  "torch.cat([x, i]), torch.where(x > 0, x, 0), torch.where(x > 0, i, 1.5), torch.stack([b, i])",
  x=r(3), i=ints(0, 4, 3), b=bools(3))
f("integer_wrap",
  "u + u, u * 3, h * h",
  u=np.array([200, 100, 5], np.uint8), h=np.array([100, -100, 7], np.int8))
f("bitwise",
  "i & j, i | j, i ^ j, ~i, i << 2, i >> 1, torch.bitwise_and(i, 3), torch.bitwise_left_shift(i, "
  "j)",
  i=ints(0, 16, 5), j=ints(0, 5, 5))
f("logical",
  "torch.logical_and(a, x), torch.logical_or(a, b), torch.logical_xor(a, b), "
  "torch.logical_not(x), ~a, a & b, a | b, a ^ b",
  a=bools(4), b=bools(4), x=ints(0, 2, 4))
f("compare_scalars",
  "x > 0, x <= 0.5, 1 < x, x == x, x != x, i == 2, i >= 1.5, torch.eq(i, 2), x.gt(0).float()",
  x=f32([-1, 0, 0.5, 2, np.nan]), i=ints(0, 4, 5))
f("clamp",
  "x.clamp(-0.5, 0.5), x.clamp(min=0), torch.clamp(x, max=0.25), x.clip(-1, 1), x.clamp(y, z), "
  "torch.clamp_min(x, 0.1)",
  x=r(5), y=f32([-1, 0, 0, 0.5, -2]), z=f32([1, 1, 0.1, 0.2, 2]))
f("lerp", "torch.lerp(x, y, 0.25), torch.lerp(x, y, w)", x=r(4), y=r(4), w=pos(4))
f("isclose_equal",
  "torch.isclose(x, y), torch.allclose(x, y), torch.equal(x, x.clone()), torch.allclose(x, "
  "x + 1e-9)",
  x=r(4), y=r(4))
f("where_masked",
  "torch.where(x > 0, x, y), x.masked_fill(m, -1e9), torch.masked_fill(x, m, 0), x.where(m, y), "
  "torch.masked_select(x, m)",
  x=r(3, 4), y=r(4), m=lambda g: np.arange(12).reshape(3, 4) % 3 == 0)
f("masked_scatter", "x.masked_scatter(m, y)", x=r(3, 4), y=r(12), m=bools(3, 4))
f("casts",
  "x.int(), x.long(), x.double(), x.bool(), x.to(torch.int32), x.half().float(), "
  "x.bfloat16().float(), x.byte(), x.type(torch.float64), i.float() / 2, i.to(x.dtype), "
  "x.type_as(i), x.to(x.device)",
  x=f32([0.0, 1.75, 2.5, 3.1, 250.0]), i=ints(-4, 5, 4))
f("negative_to_int", "x.long(), x.int(), torch.floor(x).long()", x=f32([-1.75, -0.5, 1.999, -3]))
f("heaviside_etc",
  "torch.heaviside(x, y), torch.gcd(i, j), torch.lcm(i, j), torch.fmod(x, 2)",
  x=f32([-1, 0, 2]), y=f32([0.5, 0.5, 0.5]), i=i64([12, 9, 7]), j=i64([8, 6, 14]))
f("half_arithmetic", "(x.half() * 3 + 1).float(), torch.softmax(x.bfloat16().float(), -1)", x=r(2, 4))
f("float64_math",
  "x.exp() + y, torch.matmul(x, x.t()), x.softmax(-1)",
  x=lambda g: g.standard_normal((3, 3)), y=np.float64(0.1))

# Reductions
for op in ("sum", "mean", "prod", "amax", "amin", "logsumexp"):
    dims = "x.{0}(1), torch.{0}(x, dim=-1, keepdim=True), x.{0}(dim=0)".format(op)
    whole = "" if op == "logsumexp" else f", x.{op}()"
    f(f"reduce_{op}", dims + whole + ("" if op == "prod" else f", x.{op}((0, 2))"), x=r(2, 3, 4))
for op in ("var", "std"):
    f(f"reduce_{op}", f"x.{op}(), x.{op}(1), x.{op}(dim=(0, 2), keepdim=True), x.{op}(1, unbiased=False), torch.{op}(x, dim=0, correction=0)",
      x=r(3, 4, 5))
f("reduce_var_mean", "torch.var_mean(x, dim=1, unbiased=False), torch.std_mean(x, 0)", x=r(3, 4))
f("reduce_norm",
  "x.norm(), x.norm(dim=1), x.norm(p=1, dim=0), torch.norm(x, 2, -1, keepdim=True), "
  "x.norm(p=float('inf')), torch.linalg.norm(x), torch.linalg.vector_norm(x, ord=3, dim=1), "
  "x.norm(p='fro')",
  x=r(3, 4))
f("reduce_int",
  "i.sum(), i.prod(), i.sum(0), b.sum(), b.sum(1), i.max(), i.float().mean(), b.float().mean(1), "
  "h.sum(), i.sum(dtype=torch.float32)",
  i=ints(-3, 4, 3, 2), b=bools(3, 4), h=ints(0, 9, 4, dtype=np.int32))
f("reduce_any_all",
  "b.any(), b.all(), b.any(1), b.all(dim=0, keepdim=True), (x > 0).any(dim=-1), "
  "torch.all(x > -9), torch.any(b, 0), torch.count_nonzero(b), torch.count_nonzero(b, dim=1)",
  b=bools(3, 4), x=r(3, 4))
f("reduce_max_min",
  "x.max(), x.min(), x.max(1), x.min(dim=0), torch.max(x, -1, keepdim=True), x.max(1)[0], "
  "x.min(1).indices, torch.max(x, y)",
  x=distinct(3, 4), y=r(3, 4))
f("reduce_argmax",
  "x.argmax(), x.argmax(1), torch.argmin(x, dim=0, keepdim=True), x.argmax(dim=-1), i.argmax()",
  x=distinct(3, 4), i=i64([1, 5, 2]))
f("reduce_argmax_ties", "x.argmax(), x.argmin(), x.max(0)", x=f32([1, 3, 3, 0, 0]))
f("reduce_nan",
  "x.max(), x.sum(), x.mean(), torch.nansum(x), torch.nanmean(x), x.argmax(), torch.amax(x, 0)",
  x=f32([1, np.nan, 3]))
f("reduce_empty",
  "x.sum(), x.sum(0), x.prod(), x.mean(), (x > 0).any(), (x > 0).all(), x.sum(1)",
  x=np.zeros((0, 3), np.float32))
f("reduce_median_mode",
  "x.median(), x.median(1), torch.quantile(x, 0.3), x.quantile(torch.tensor([0.25, 0.5]), dim=1)",
  x=distinct(3, 5))
f("reduce_aminmax", "torch.aminmax(x, dim=1), x.aminmax()", x=distinct(3, 4))
f("cumulative",
  "x.cumsum(0), torch.cumsum(x, dim=-1), x.cumprod(1), i.cumsum(0), b.cumsum(1), torch.cummax(x, "
  "1), torch.cummin(x, 0), torch.logcumsumexp(x, 1)",
  x=distinct(3, 4), i=ints(0, 5, 4), b=bools(2, 3))
f("diff", "torch.diff(x), torch.diff(x, dim=0), torch.diff(x, n=2)", x=r(3, 5))

# Sorting and searching
f("topk",
  "x.topk(2), torch.topk(x, 3, dim=0), x.topk(2, largest=False), torch.topk(x, k=1, "
  "dim=1).values, x.topk(2, -1, True, True).indices",
  x=distinct(4, 5))
f("sort",
  "x.sort(), torch.sort(x, dim=0, descending=True), x.argsort(), torch.argsort(x, -1, "
  "descending=True), x.sort(stable=True, dim=-1)",
  x=distinct(3, 5))
f("sort_stable_ties",
  "torch.sort(x, stable=True), torch.sort(x, descending=True, stable=True), torch.argsort(x, "
  "stable=True)",
  x=f32([2, 1, 2, 1, 3, 1]))
f("kthvalue_msort", "x.kthvalue(2), torch.msort(x), torch.kthvalue(x, 3, dim=0)", x=distinct(4, 5))
f("nonzero",
  "x.nonzero(), torch.nonzero(x, as_tuple=True), torch.where(x), torch.argwhere(x)",
  x=ints(0, 2, 3, 4))
f("unique",
  "torch.unique(x), torch.unique(x, return_inverse=True, return_counts=True), "
  "torch.unique_consecutive(x), x.unique(sorted=True)",
  x=i64([3, 1, 1, 2, 3, 3]))
f("bincount_histc",
  "torch.bincount(x), torch.bincount(x, minlength=8), torch.histc(y, bins=4, min=-2, max=2)",
  x=i64([3, 1, 1, 2]), y=r(10))
f("searchsorted",
  "torch.searchsorted(s, x), torch.searchsorted(s, x, right=True), torch.bucketize(x, s)",
  s=f32([-1, 0, 0, 2]), x=f32([-2, 0, 1, 3]))
f("isin", "torch.isin(x, y)", x=ints(0, 6, 6), y=i64([1, 4]))

# Indexing
X = dict(x=r(3, 4, 5))
f("index_basic",
  "x[0], x[-1], x[:, 1], x[..., 2], x[1:], x[:, :-1], x[:, ::2], x[0, 1, 2], x[:, None], x[..., "
  "None, :], x[1, :, 2:4], x[:2, -2:, ::3]",
  **X)
f("index_empty_slices", "x[3:], x[2:1], x[:0, :, 1:], x[5:9], x[-9:1]", **X)
f("index_tensor",
  "x[i], x[:, i], x[i, j], x[0, i], x[i, :, j], x[:, i, j], x[i[:, None], j], x[..., i], x[None, "
  "i]",
  i=i64([2, 0, 1]), j=i64([1, 3, 0]), **X)
f("index_lists",
  "x[[0, 2]], x[:, [1, 1]], x[[0, 1], [2, 3]], x[[True, False, True]], x[torch.tensor([[0], "
  "[1]])]",
  **X)
f("index_mask",
  "x[m], x[:, k], x[x > 0], x[m, 0], x[m][:, k]",
  m=np.array([True, False, True]), k=np.array([True, False, False, True]), **X)
f("index_scalar_tensor", "x[t], x[t, 1], x[:, t], x[0, t, :2]", t=np.int64(2), **X)
f("index_negative", "x[i], x[:, i], x.index_select(0, i % 3)", i=i64([-1, -2, 0]), **X)
f("gather",
  "x.gather(1, i), torch.gather(x, 0, i), torch.take_along_dim(x, x.argsort(1), dim=1), "
  "torch.take(x, i)",
  x=distinct(3, 4), i=ints(0, 3, 2, 3))
f("index_select", "x.index_select(1, i), torch.index_select(x, 0, i), x.take(i)", x=r(4, 5), i=i64([3, 0, 0]))
f("scatter",
  "x.scatter(1, i, y), x.scatter(1, i, 9.0), torch.scatter(x, 0, i, y)",
  x=r(3, 5), y=r(2, 3), i=lambda g: i64([[0, 1, 2], [2, 0, 1]]))
f("scatter_add",
  "x.scatter_add(1, i, y), torch.scatter_add(x, 0, i, y), x.scatter(1, i, y, reduce='add'), "
  "x.scatter_reduce(1, i, y, reduce='amax'), x.scatter_reduce(1, i, y, reduce='mean', "
  "include_self=False)",
  x=r(3, 5), y=r(2, 3), i=ints(0, 3, 2, 3))
f("index_writes",
  "a = x.clone()\n"
  "a[1] = 0\n"
  "a[:, 2] = y[:, 0]\n"
  "a[0, 1:3] += 1\n"
  "b = x.clone()\n"
  "b[x > 0] = 5\n"
  "b[i] *= 2\n"
  "c = x.clone()\n"
  "c.fill_(2)\n"
  "c[..., 0] = y[:, 0]\n"
  "return a, b, c",
  x=r(3, 4), y=r(3, 4), i=i64([2, 0]))
f("index_add_copy",
  "x.index_add(0, i, y), x.index_copy(0, i, y), x.index_fill(1, i, 7.0), torch.index_add(x, 0, "
  "i, y, alpha=2)",
  x=r(4, 3), y=r(2, 3), i=i64([2, 0]))
f("index_put",
  "x.index_put((i, j), v), x.index_put((i,), torch.tensor(1.0)), x.index_put((i, j), v, "
  "accumulate=True)",
  x=r(4, 3), i=i64([2, 0]), j=i64([1, 2]), v=r(2))
f("put_accumulate", "x.index_put((i,), v, accumulate=True)", x=r(4), i=i64([2, 2, 0]), v=r(3))
f("select_narrow",
  "x.select(1, 2), x.narrow(1, 1, 2), torch.narrow(x, 2, 0, 3), x.unbind(0), torch.select(x, 0, "
  "-1), x.movedim(0, -1)",
  **X)
f("one_hot",
  "F.one_hot(i), F.one_hot(i, 5), F.one_hot(j, num_classes=4).float()",
  i=i64([0, 2, 1]), j=ints(0, 4, 2, 3))
f("tril_triu",
  "x.tril(), x.triu(1), torch.tril(x, -1), torch.triu(x, diagonal=-1), torch.tril(torch.ones(3, "
  "3)), torch.tril_indices(3, 3), torch.triu_indices(3, 4, 1)",
  x=r(2, 4, 3))
f("diag",
  "torch.diag(x), torch.diag(y), x.diagonal(), torch.diag(y, 1), torch.diag_embed(y), "
  "x.diagonal(1), torch.trace(x), torch.diagonal(z, dim1=0, dim2=2)",
  x=r(3, 3), y=r(3), z=r(2, 3, 4))

# Shapes
f("view_reshape",
  "x.view(6, 4), x.view(-1), x.reshape(2, -1), x.view(2, 3, 2, 2), x.flatten(), x.flatten(1), "
  "torch.flatten(x, 0, 1), x.unflatten(2, (2, 2)), x.view_as(x), x.ravel()",
  x=r(2, 3, 4))
f("transpose",
  "x.transpose(0, 2), x.permute(2, 0, 1), x.mT, x.swapaxes(0, 1), torch.permute(x, (1, 2, 0)), "
  "x[0].t(), x[0].T, x.transpose(-1, -2).contiguous().view(2, 12), x.adjoint()",
  x=r(2, 3, 4))
f("squeeze",
  "x.squeeze(), x.squeeze(0), x.squeeze(-1), x.squeeze(1), x.unsqueeze(0), x.unsqueeze(-1), "
  "torch.squeeze(x, (0, 3)), x.unsqueeze(2)",
  x=r(1, 3, 2, 1))
f("expand",
  "x.expand(3, 4), x.expand(2, -1, 4), x.expand_as(torch.zeros(3, 4)), torch.broadcast_to(x, (2, "
  "3, 4)), torch.broadcast_tensors(x, y)",
  x=r(3, 1), y=r(4))
f("repeat",
  "x.repeat(2, 3), x.repeat(2, 1, 1), torch.tile(x, (2,)), x.tile(2, 1), x.repeat_interleave(2), "
  "torch.repeat_interleave(x, 2, dim=1), x.repeat_interleave(torch.tensor([1, 2]), dim=0)",
  x=r(2, 3))
f("cat_stack",
  "torch.cat([x, y]), torch.cat((x, y), dim=1), torch.cat([x, x, y], -1), torch.stack([x, y]), "
  "torch.stack((x, y), dim=-1), torch.hstack([x, y]), torch.vstack([x, y]), torch.concat([x, y], "
  "0), torch.dstack([x, y]), torch.column_stack([x, y])",
  x=r(2, 3), y=r(2, 3))
f("cat_empty", "torch.cat([torch.empty(0), x[0]]), torch.cat([x[:0], x])", x=r(2, 3))
f("split",
  "x.split(2), torch.split(x, [1, 3, 1]), x.split(2, dim=1), x.chunk(2), torch.chunk(x, 3, "
  "dim=0), torch.tensor_split(x, 3), x.unbind(1), x.hsplit(2)",
  x=r(5, 4))
f("flip_roll",
  "x.flip(0), torch.flip(x, [0, 1]), x.fliplr(), x.flipud(), torch.roll(x, 1, 0), x.roll((1, "
  "-2), (0, 1)), torch.roll(x, 2), torch.rot90(x), x.rot90(2, [0, 1]), torch.rot90(x, -1)",
  x=r(3, 4))
f("meshgrid",
  "torch.meshgrid(x, y, indexing='ij'), torch.meshgrid(x, y, indexing='xy'), "
  "torch.cartesian_prod(x, y), torch.combinations(y, 2)",
  x=r(3), y=r(4))
f("creation",
  "torch.zeros(2, 3), torch.ones((2,)), torch.full((2, 2), 1.5), torch.full((2,), 3), "
  "torch.arange(5), torch.arange(1, 7, 2), torch.arange(0, 1, 0.25), torch.arange(5, 0, -2), "
  "torch.linspace(0, 1, 5), torch.eye(3), torch.eye(2, 4), torch.tensor([[1, 2], [3, 4]]), "
  "torch.tensor([1.5, 2]), torch.tensor(True), torch.logspace(0, 2, 3), torch.zeros_like(x), "
  "torch.full_like(x, 2), x.new_zeros(2), x.new_full((2,), 4), x.new_tensor([1, 2]), "
  "torch.empty(0, 3), torch.ones_like(x, dtype=torch.long), x.new_ones(1, 2), "
  "torch.scalar_tensor(3.0)",
  x=r(2, 2))
f("queries",
  "x.shape[0], x.size(-1), x.numel(), x.dim(), len(x), x.ndim, x.is_floating_point(), "
  "x.dtype == torch.float32, x.size() == torch.Size([2, 3]), x.nelement(), torch.is_tensor(x), "
  "x.stride(0), x.is_contiguous()",
  x=r(2, 3))
f("movement_misc",
  "x.as_strided((2, 2), (3, 1)), x.unfold(1, 2, 1), torch.atleast_2d(x[0]), torch.movedim(x, 0, "
  "1), x.expand(2, 2, 3).sum_to_size(1, 2, 3), torch.block_diag(x, x), torch.kron(x, x)",
  x=r(2, 3))
f("pad_functional",
  "F.pad(x, (1, 2)), F.pad(x, (1, 0, 0, 2), value=3.0), F.pad(x, (-1, 1)), F.pad(x, (1, 1), "
  "mode='constant', value=-1), F.pad(x, (0, 0, 1, 1, 2, 0))",
  x=r(2, 3, 4))
for mode in ("reflect", "replicate", "circular"):
    f(f"pad_{mode}", f"F.pad(x, (1, 2), mode='{mode}'), F.pad(y, (2, 1, 1, 2), mode='{mode}')", x=r(1, 2, 4), y=r(1, 2, 3, 4))
f("inplace",
  "y = x.clone()\n"
  "y.add_(1).mul_(2).sub_(z)\n"
  "y.relu_()\n"
  "y.clamp_(max=3)\n"
  "w = torch.zeros(3, 4)\n"
  "w.copy_(y)\n"
  "w[0].zero_()\n"
  "w.div_(2).neg_().exp_()\n"
  "q = x.clone()\n"
  "q.masked_fill_(q > 0, 0.5)\n"
  "q.t_()\n"
  "return y, w, q",
  x=r(3, 4), z=r(4))

# Matrix products
f("matmul_variants",
  "a @ b, torch.matmul(v, b), torch.matmul(a, w), v.dot(v), torch.mm(a, b), a.mv(w), "
  "torch.outer(v, w), a.matmul(b).t()",
  a=r(3, 4), b=r(4, 5), v=r(4), w=r(4))
f("matmul_batched",
  "torch.bmm(x, y), x @ y, torch.matmul(x, y[0]), torch.matmul(x[0], y), torch.matmul(x, v), "
  "torch.matmul(z, y), torch.matmul(v, y)",
  x=r(2, 3, 4), y=r(2, 4, 5), v=r(4), z=r(3, 1, 3, 4))
f("matmul_int", "a @ b, torch.matmul(a, b)", a=ints(-3, 4, 2, 3), b=ints(-3, 4, 3, 2))
f("addmm",
  "torch.addmm(c, a, b), torch.addmm(c, a, b, beta=0.5, alpha=2), torch.baddbmm(d, x, y), "
  "torch.addmv(w, a, v), torch.addbmm(c, x, y)",
  a=r(3, 4), b=r(4, 5), c=r(3, 5), d=r(2, 3, 5), x=r(2, 3, 4), y=r(2, 4, 5), w=r(3), v=r(4))
f("einsum",
  "torch.einsum('ij,jk->ik', a, b), torch.einsum('bij,bjk->bik', x, y), torch.einsum('ij->ji', "
  "a), torch.einsum('ii', s), torch.einsum('ii->i', s), torch.einsum('bij,ij->b', x, a), "
  "torch.einsum('i,j->ij', v, v), torch.einsum('...ij,...jk', x, y), "
  "torch.einsum('bid,bjd->bij', x, x), torch.einsum('ij,kj,k->i', a, a, a[:, 0]), "
  "torch.einsum('ij,jk', a, b)",
  a=r(3, 4), b=r(4, 5), x=r(2, 3, 4), y=r(2, 4, 5), s=r(3, 3), v=r(4))
f("tensordot_etc",
  "torch.tensordot(x, y, dims=1), torch.tensordot(x, y, dims=([2], [0])), torch.inner(a, a), "
  "torch.cross(c, c + 1, dim=1), torch.linalg.multi_dot([a, a.t(), a]), torch.vdot(c[0], c[1]), "
  "torch.matrix_power(s, 3), torch.chain_matmul(a, a.t())",
  x=r(2, 3, 4), y=r(4, 5), a=r(3, 4), c=r(2, 3), s=r(3, 3))
f("distances",
  "torch.cdist(x, y), torch.cdist(x, y, p=1.0), F.cosine_similarity(x, x + 1), "
  "F.cosine_similarity(x[:, None], y[None], dim=-1), F.pairwise_distance(x, x * 2), "
  "F.normalize(x), F.normalize(x, p=1, dim=0), torch.dist(x, x * 2), F.pdist(x)",
  x=r(3, 4), y=r(5, 4))
f("linear_functional",
  "F.linear(x, w), F.linear(x, w, b), F.bilinear(x, x, w3, b)",
  x=r(3, 4), w=r(5, 4), b=r(5), w3=r(5, 4, 4))

# Activations: as functions and as layers
for op in ("relu", "relu6", "elu", "selu", "celu", "gelu", "silu", "mish", "softplus", "softsign", "logsigmoid", "hardtanh",
           "hardswish", "hardsigmoid", "leaky_relu", "tanhshrink", "hardshrink", "softshrink", "tanh", "sigmoid"):
    f(f"act_{op}", f"F.{op}(x)", x=r(3, 5, scale=3))
f("act_options",
  "F.elu(x, alpha=0.5), F.leaky_relu(x, 0.2), F.gelu(x, approximate='tanh'), F.softplus(x, "
  "beta=2, threshold=3), F.hardtanh(x, -2, 0.5), F.threshold(x, 0.1, -5.0), F.hardshrink(x, "
  "1.0), F.softshrink(x, 0.3), F.celu(x, 0.7), F.glu(x, dim=-1), F.prelu(x, w), F.rrelu(x)",
  x=r(2, 4, scale=3), w=f32([0.1]))
f("act_softmax",
  "F.softmax(x, dim=1), F.log_softmax(x, dim=-1), F.softmin(x, dim=0), x.softmax(-1), "
  "torch.softmax(x, dim=2, dtype=torch.float64), F.gumbel_softmax(x, hard=True).sum(-1)",
  x=r(2, 3, 4))
m("act_modules",
  "nn.Sequential(nn.ReLU(), nn.LeakyReLU(0.1), nn.ELU(), nn.GELU(), nn.SiLU(), nn.Tanh(), "
  "nn.Hardswish(), nn.Mish(), nn.Softplus(), nn.Identity(), nn.Dropout(0.5), nn.SELU(), "
  "nn.Hardtanh(), nn.ReLU6(), nn.Sigmoid(), nn.LogSigmoid(), nn.Softsign(), nn.Softshrink(), "
  "nn.Threshold(-1, 0), nn.CELU(), nn.Tanhshrink(), nn.Hardsigmoid())",
  x=r(3, 4))
m("act_softmax_modules",
  "nn.ModuleList([nn.Softmax(dim=1), nn.LogSoftmax(dim=-1), nn.Softmin(dim=0), nn.Softmax2d(), "
  "nn.GLU(1), nn.Dropout2d(0.3), nn.AlphaDropout()])",
  "[layer(x) for layer in self.m]",
  x=r(2, 4, 3, 3))
m("prelu", "nn.PReLU(3)", x=r(2, 3, 4))

# Convolutions
m("conv1d", "nn.Conv1d(3, 4, 3)", x=r(2, 3, 8))
m("conv1d_options", "nn.Conv1d(4, 6, 3, stride=2, padding=2, dilation=2, groups=2, bias=False)", x=r(1, 4, 9))
m("conv1d_same", "nn.Conv1d(2, 3, 4, padding='same')", x=r(1, 2, 7))
m("conv1d_circular", "nn.Conv1d(2, 3, 3, padding=1, padding_mode='circular')", x=r(1, 2, 7))
m("conv1d_unbatched", "nn.Conv1d(2, 3, 3)", x=r(2, 7))
m("conv2d", "nn.Conv2d(3, 4, 3)", x=r(2, 3, 6, 5))
m("conv2d_padded", "nn.Conv2d(3, 5, kernel_size=3, stride=1, padding=1, bias=False)", x=r(1, 3, 6, 6))
m("conv2d_strided", "nn.Conv2d(3, 4, (3, 5), stride=(2, 1), padding=(1, 2))", x=r(1, 3, 7, 7))
m("conv2d_dilated", "nn.Conv2d(2, 3, 3, dilation=2, padding=2)", x=r(1, 2, 7, 6))
m("conv2d_grouped", "nn.Conv2d(4, 8, 3, groups=2, padding=1)", x=r(2, 4, 5, 5))
m("conv2d_depthwise", "nn.Conv2d(4, 4, 3, groups=4, stride=2, padding=1, bias=False)", x=r(1, 4, 7, 7))
m("conv2d_pointwise", "nn.Conv2d(5, 3, 1)", x=r(2, 5, 4, 4))
m("conv2d_valid_same",
  "nn.Sequential(nn.Conv2d(2, 2, 3, padding='same', dilation=2), nn.Conv2d(2, 3, 2, "
  "padding='valid'))",
  x=r(1, 2, 6, 6))
m("conv2d_reflect", "nn.Conv2d(2, 3, 3, padding=1, padding_mode='reflect')", x=r(1, 2, 5, 5))
m("conv2d_replicate", "nn.Conv2d(2, 3, 3, padding=(1, 2), padding_mode='replicate')", x=r(1, 2, 5, 5))
m("conv2d_large_kernel", "nn.Conv2d(1, 2, 7, stride=2, padding=3)", x=r(1, 1, 11, 11))
m("conv3d", "nn.Conv3d(2, 3, 3, padding=1)", x=r(1, 2, 4, 5, 4))
m("conv3d_options", "nn.Conv3d(2, 4, (1, 3, 2), stride=(1, 2, 1), groups=2)", x=r(2, 2, 3, 5, 4))
m("conv_transpose1d", "nn.ConvTranspose1d(3, 4, 3, stride=2, padding=1, output_padding=1)", x=r(2, 3, 5))
m("conv_transpose2d", "nn.ConvTranspose2d(3, 4, 3)", x=r(1, 3, 4, 4))
m("conv_transpose2d_options",
  "nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2, dilation=2)",
  x=r(1, 4, 4, 3))
m("conv_transpose2d_output_size",
  "nn.ConvTranspose2d(2, 2, 3, stride=2, padding=1, bias=False)",
  "self.m(x, output_size=(8, 8))",
  x=r(1, 2, 4, 4))
m("conv_transpose3d", "nn.ConvTranspose3d(2, 3, 2, stride=2)", x=r(1, 2, 2, 3, 2))
f("conv_functional",
  "F.conv2d(x, w), F.conv2d(x, w, b, stride=2, padding=1), F.conv2d(x, g, groups=2, "
  "padding='same'), F.conv_transpose2d(x, w.transpose(0, 1), stride=2), F.conv1d(x[:, :, 0], "
  "w[:, :, 0])",
  x=r(1, 2, 5, 5), w=r(3, 2, 3, 3), b=r(3), g=r(2, 1, 3, 3))

# Normalisation
m("batch_norm1d", "nn.BatchNorm1d(4)", x=r(5, 4))
m("batch_norm1d_3d", "nn.BatchNorm1d(3, eps=1e-3, affine=False)", x=r(2, 3, 5))
m("batch_norm2d", "nn.BatchNorm2d(3)", x=r(2, 3, 4, 4))
m("batch_norm2d_untracked", "nn.BatchNorm2d(3, track_running_stats=False)", x=r(2, 3, 4, 4))
m("batch_norm3d", "nn.BatchNorm3d(2)", x=r(1, 2, 2, 3, 3))
m("layer_norm", "nn.LayerNorm(6)", x=r(2, 3, 6))
m("layer_norm_2d", "nn.LayerNorm([3, 4], eps=1e-6)", x=r(2, 3, 4))
m("layer_norm_plain", "nn.LayerNorm(5, elementwise_affine=False)", x=r(3, 5))
m("layer_norm_no_bias", "nn.LayerNorm(5, bias=False)", x=r(3, 5))
m("group_norm", "nn.GroupNorm(2, 6)", x=r(2, 6, 3, 3))
m("group_norm_one", "nn.GroupNorm(1, 4, affine=False)", x=r(2, 4, 5))
m("instance_norm1d", "nn.InstanceNorm1d(3)", x=r(2, 3, 6))
m("instance_norm2d", "nn.InstanceNorm2d(3, affine=True)", x=r(2, 3, 4, 4))
m("instance_norm2d_tracked", "nn.InstanceNorm2d(3, track_running_stats=True)", x=r(2, 3, 4, 4))
m("rms_norm", "nn.RMSNorm(6, eps=1e-5)", x=r(2, 3, 6))
m("local_response_norm", "nn.LocalResponseNorm(3, alpha=0.1, beta=0.5, k=2.0)", x=r(2, 5, 4, 4))
m("weight_norm_like",
  "nn.Linear(4, 3)",
  "F.linear(x, F.normalize(self.m.weight, dim=1), self.m.bias)",
  x=r(2, 4))
f("norm_functional",
  "F.layer_norm(x, (4,)), F.layer_norm(x, x.shape[1:], w, b), F.group_norm(x, 3), "
  "F.instance_norm(x), F.batch_norm(x, x[:, :, 0].mean(0), torch.ones(3)), F.rms_norm(x, (4,)), "
  "F.local_response_norm(x, 2)",
  x=r(2, 3, 4), w=r(3, 4), b=r(3, 4))

# Pooling
m("max_pool1d", "nn.MaxPool1d(3, stride=2, padding=1)", x=r(2, 3, 8))
m("max_pool2d", "nn.MaxPool2d(2)", x=r(1, 3, 6, 7))
m("max_pool2d_options", "nn.MaxPool2d(3, stride=2, padding=1, dilation=1, ceil_mode=True)", x=r(1, 2, 6, 7))
m("max_pool2d_dilated", "nn.MaxPool2d((2, 3), stride=1, dilation=(2, 1))", x=r(1, 2, 6, 6))
m("max_pool2d_indices", "nn.MaxPool2d(2, return_indices=True)", x=distinct(1, 2, 4, 6))
m("max_pool3d", "nn.MaxPool3d(2, ceil_mode=True)", x=r(1, 2, 3, 4, 5))
m("max_unpool2d",
  "nn.MaxUnpool2d(2)",
  "y, i = F.max_pool2d(x, 2, return_indices=True)\n"
  "return self.m(y, i)",
  x=distinct(1, 2, 4, 4))
m("avg_pool1d", "nn.AvgPool1d(3, stride=2, padding=1)", x=r(2, 3, 8))
m("avg_pool2d", "nn.AvgPool2d(3, stride=2)", x=r(1, 2, 7, 8))
m("avg_pool2d_excluding_padding",
  "nn.AvgPool2d(3, 2, padding=1, count_include_pad=False, ceil_mode=True)",
  x=r(1, 2, 6, 7))
m("avg_pool2d_including_padding", "nn.AvgPool2d(3, 2, padding=1, ceil_mode=True)", x=r(1, 2, 6, 7))
m("avg_pool2d_divisor", "nn.AvgPool2d(2, divisor_override=3)", x=r(1, 2, 4, 4))
m("avg_pool3d", "nn.AvgPool3d(2, stride=1)", x=r(1, 2, 3, 3, 4))
m("adaptive_avg_pool1d", "nn.AdaptiveAvgPool1d(3)", x=r(2, 3, 7))
m("adaptive_avg_pool2d", "nn.AdaptiveAvgPool2d((3, 2))", x=r(1, 2, 7, 5))
m("adaptive_avg_pool2d_none", "nn.AdaptiveAvgPool2d((None, 1))", x=r(1, 2, 4, 5))
m("adaptive_avg_pool3d", "nn.AdaptiveAvgPool3d(2)", x=r(1, 2, 3, 4, 5))
m("adaptive_max_pool1d", "nn.AdaptiveMaxPool1d(3)", x=r(2, 3, 7))
m("adaptive_max_pool2d", "nn.AdaptiveMaxPool2d(3)", x=r(1, 2, 7, 8))
m("adaptive_max_pool2d_indices", "nn.AdaptiveMaxPool2d(2, return_indices=True)", x=distinct(1, 2, 5, 4))
m("lp_pool2d", "nn.LPPool2d(2, 2)", x=pos(1, 2, 4, 4))
m("lp_pool1d", "nn.LPPool1d(3, 2, stride=1)", x=pos(1, 2, 5))
f("pool_functional",
  "F.max_pool2d(x, 2), F.avg_pool2d(x, (2, 3), stride=1, padding=(1, 1)), "
  "F.adaptive_avg_pool2d(x, 1), F.adaptive_max_pool2d(x, (1, 2)), F.max_pool1d(x[0], 2), "
  "F.avg_pool1d(x[0], 2, ceil_mode=True)",
  x=r(1, 2, 5, 6))

# Padding, resizing and rearranging layers
m("padding_layers_2d",
  "nn.ModuleList([nn.ZeroPad2d(1), nn.ConstantPad2d((1, 0, 2, 1), 3.5), nn.ReflectionPad2d((1, "
  "2, 1, 0)), nn.ReplicationPad2d(2), nn.CircularPad2d(1)])",
  "[pad(x) for pad in self.m]",
  x=r(1, 2, 3, 4))
m("padding_layers_1d",
  "nn.ModuleList([nn.ConstantPad1d(2, -1.0), nn.ReflectionPad1d((2, 1)), nn.ReplicationPad1d(1), "
  "nn.ZeroPad1d((0, 2)), nn.CircularPad1d((1, 2))])",
  "[pad(x) for pad in self.m]",
  x=r(1, 2, 4))
m("padding_layers_3d",
  "nn.ModuleList([nn.ConstantPad3d(1, 0.5), nn.ReplicationPad3d((1, 0, 0, 1, 1, 1)), "
  "nn.ReflectionPad3d(1)])",
  "[pad(x) for pad in self.m]",
  x=r(1, 1, 2, 3, 3))
f("interpolate_nearest",
  "F.interpolate(x, scale_factor=2), F.interpolate(x, size=(3, 7)), F.interpolate(x, size=(5, "
  "5), mode='nearest-exact'), F.interpolate(x[0], scale_factor=1.5)",
  x=r(1, 2, 4, 5))
f("interpolate_bilinear",
  "F.interpolate(x, scale_factor=2, mode='bilinear'), F.interpolate(x, size=(7, 3), "
  "mode='bilinear', align_corners=True), F.interpolate(x, size=(2, 9), mode='bilinear', "
  "align_corners=False), F.interpolate(x, scale_factor=(1.5, 0.5), mode='bilinear')",
  x=r(1, 2, 4, 5))
f("interpolate_bicubic",
  "F.interpolate(x, scale_factor=2, mode='bicubic'), F.interpolate(x, size=(3, 6), "
  "mode='bicubic', align_corners=True)",
  x=r(1, 1, 4, 5))
f("interpolate_linear_trilinear",
  "F.interpolate(x, scale_factor=2, mode='linear'), F.interpolate(y, size=(3, 4, 2), "
  "mode='trilinear', align_corners=True)",
  x=r(1, 2, 5), y=r(1, 1, 2, 3, 3))
f("interpolate_area", "F.interpolate(x, size=(2, 3), mode='area')", x=r(1, 2, 4, 5))
m("upsample",
  "nn.ModuleList([nn.Upsample(scale_factor=2), nn.Upsample(size=(5, 3), mode='bilinear', "
  "align_corners=True), nn.UpsamplingBilinear2d(scale_factor=2), "
  "nn.UpsamplingNearest2d(scale_factor=3)])",
  "[up(x) for up in self.m]",
  x=r(1, 2, 3, 3))
f("interpolate_antialias", "F.interpolate(x, size=(3, 4), mode='bilinear', antialias=True)", x=r(1, 1, 7, 8))
f("grid_sample",
  "F.grid_sample(x, g, align_corners=False), F.grid_sample(x, g, align_corners=True, "
  "padding_mode='border'), F.grid_sample(x, g, mode='nearest', align_corners=False), "
  "F.affine_grid(t, (1, 1, 3, 4), align_corners=False)",
  x=r(1, 2, 4, 4), g=unit(1, 3, 3, 2), t=r(1, 2, 3))
m("pixel_shuffle",
  "nn.ModuleList([nn.PixelShuffle(2), nn.ChannelShuffle(2)])",
  "[layer(x) for layer in self.m] + [F.pixel_unshuffle(x, 2), F.pixel_shuffle(x, 2), "
  "F.channel_shuffle(x, 4)]",
  x=r(1, 8, 2, 4))
m("unfold_fold",
  "nn.ModuleList([nn.Unfold(2), nn.Unfold((2, 3), stride=2, padding=1, dilation=1), nn.Fold((4, "
  "5), 2)])",
  "u = self.m[0](x)\n"
  "return u, self.m[1](x), self.m[2](u), F.unfold(x, 3, padding=1), F.fold(u, (4, 5), (2, 2))",
  x=r(1, 2, 4, 5))
m("flatten_layers",
  "nn.Sequential(nn.Flatten(), nn.Linear(12, 8), nn.Unflatten(1, (2, 4)), nn.Flatten(0, 1))",
  x=r(2, 3, 4))

# Linear layers and embeddings
m("linear", "nn.Linear(4, 3)", x=r(2, 5, 4))
m("linear_no_bias", "nn.Linear(4, 3, bias=False)", "self.m(x), self.m(x[0])", x=r(2, 4))
m("bilinear", "nn.Bilinear(3, 4, 5)", "self.m(x, y)", x=r(2, 3), y=r(2, 4))
m("embedding", "nn.Embedding(6, 4)", x=ints(0, 6, 2, 3))
m("embedding_padding_idx",
  "nn.Embedding(6, 4, padding_idx=1)",
  "self.m(x), F.embedding(x[0], self.m.weight), self.m.weight[x]",
  x=ints(0, 6, 2, 3))
for mode in ("sum", "mean", "max"):
    m(f"embedding_bag_{mode}", f"nn.EmbeddingBag(7, 3, mode='{mode}')", "self.m(x), self.m(x.view(-1), torch.tensor([0, 2, 5]))", x=ints(0, 7, 2, 4))
m("embedding_bag_weighted",
  "nn.EmbeddingBag(7, 3, mode='sum')",
  "self.m(x, per_sample_weights=w)",
  x=ints(0, 7, 2, 4), w=r(2, 4))

# Recurrent layers and cells
for kind in ("RNN", "LSTM", "GRU"):
    low = kind.lower()
    m(f"{low}", f"nn.{kind}(4, 5)", x=r(6, 2, 4))
    m(f"{low}_stacked", f"nn.{kind}(3, 4, num_layers=2, batch_first=True, dropout=0.3)", x=r(2, 5, 3))
    m(f"{low}_bidirectional", f"nn.{kind}(3, 4, bidirectional=True, bias=False)", x=r(5, 2, 3))
    m(f"{low}_stacked_bidirectional", f"nn.{kind}(3, 2, num_layers=2, bidirectional=True, batch_first=True)", x=r(2, 4, 3))
    m(f"{low}_unbatched", f"nn.{kind}(3, 4)", x=r(5, 3))
    state = "(h, c)" if kind == "LSTM" else "h"
    extra = {"h": r(2, 2, 4), **({"c": r(2, 2, 4)} if kind == "LSTM" else {})}
    m(f"{low}_with_state", f"nn.{kind}(3, 4, 2)", f"out, last = self.m(x, {state})\nreturn out[-1], last", x=r(5, 2, 3), **extra)
m("rnn_relu", "nn.RNN(3, 4, nonlinearity='relu')", x=r(5, 2, 3))
m("lstm_projected", "nn.LSTM(3, 5, proj_size=2)", x=r(4, 2, 3))
m("lstm_cell", "nn.LSTMCell(3, 4)", "h, c = self.m(x)\nreturn self.m(y, (h, c))", x=r(2, 3), y=r(2, 3))
m("gru_cell",
  "nn.GRUCell(3, 4)",
  "h = self.m(x)\n"
  "for _ in range(3):\n"
  "    h = self.m(x, h)\n"
  "return h",
  x=r(2, 3))
m("rnn_cell", "nn.RNNCell(3, 4, bias=False)", "self.m(x, h), self.m(x)", x=r(2, 3), h=r(2, 4))
m("lstm_cell_unbatched", "nn.LSTMCell(3, 4)", "self.m(x)", x=r(3))

# Attention and transformers
m("multihead_attention", "nn.MultiheadAttention(8, 2)", "self.m(x, x, x)", x=r(5, 2, 8))
m("multihead_attention_batch_first",
  "nn.MultiheadAttention(8, 4, batch_first=True, bias=False)",
  "self.m(q, k, k, need_weights=False)[0]",
  q=r(2, 3, 8), k=r(2, 5, 8))
m("multihead_attention_masks",
  "nn.MultiheadAttention(8, 2, batch_first=True)",
  "out, w = self.m(x, x, x, key_padding_mask=p, attn_mask=torch.triu(torch.ones(4, 4, "
  "dtype=torch.bool), 1), average_attn_weights=False)\n"
  "return out, w",
  x=r(2, 4, 8), p=np.array([[False, False, False, True], [False, False, False, False]]))
m("multihead_attention_dims",
  "nn.MultiheadAttention(8, 2, kdim=6, vdim=5, batch_first=True)",
  "self.m(q, k, v)",
  q=r(2, 3, 8), k=r(2, 4, 6), v=r(2, 4, 5))
m("multihead_attention_unbatched", "nn.MultiheadAttention(4, 1)", "self.m(x, x, x)[0]", x=r(3, 4))
f("sdpa",
  "F.scaled_dot_product_attention(q, k, v), F.scaled_dot_product_attention(q, k, v, "
  "is_causal=True), F.scaled_dot_product_attention(q, k, v, attn_mask=b), "
  "F.scaled_dot_product_attention(q, k, v, attn_mask=a, scale=0.3)",
  q=r(2, 2, 4, 3), k=r(2, 2, 4, 3), v=r(2, 2, 4, 5), b=np.tril(np.ones((4, 4), bool)), a=r(4, 4))
f("sdpa_grouped",
  "F.scaled_dot_product_attention(q, k, k, enable_gqa=True)",
  q=r(1, 4, 3, 2), k=r(1, 2, 3, 2))
for options in ("", ", norm_first=True", ", activation='gelu', layer_norm_eps=1e-3"):
    tag = {"": "", ", norm_first=True": "_norm_first"}.get(options, "_gelu")
    m(f"transformer_encoder_layer{tag}", f"nn.TransformerEncoderLayer(8, 2, dim_feedforward=12, batch_first=True{options})", x=r(2, 4, 8))
m("transformer_encoder_layer_masks",
  "nn.TransformerEncoderLayer(8, 2, 12)",
  "self.m(x, src_mask=nn.Transformer.generate_square_subsequent_mask(4))",
  x=r(4, 2, 8))
m("transformer_encoder",
  "nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 12, batch_first=True), num_layers=2, "
  "norm=nn.LayerNorm(8))",
  "self.m(x, src_key_padding_mask=p)[:, :2]",
  x=r(2, 4, 8), p=np.array([[False, False, False, True], [False, False, True, True]]))
m("transformer_decoder_layer",
  "nn.TransformerDecoderLayer(8, 2, 12, batch_first=True)",
  "self.m(x, y)",
  x=r(2, 3, 8), y=r(2, 4, 8))
m("transformer_decoder",
  "nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 12), 2)",
  "self.m(x, y, tgt_mask=torch.triu(torch.full((3, 3), float('-inf')), diagonal=1))",
  x=r(3, 2, 8), y=r(4, 2, 8))
m("transformer",
  "nn.Transformer(8, 2, 1, 1, 12, batch_first=True)",
  "self.m(x, y)",
  x=r(1, 4, 8), y=r(1, 3, 8))

# Losses, as some inference code returns them
f("cross_entropy",
  "F.cross_entropy(x, t), F.cross_entropy(x, t, reduction='none'), F.cross_entropy(x, t, "
  "reduction='sum', label_smoothing=0.1), F.cross_entropy(x, t, weight=w), F.cross_entropy(x, t, "
  "ignore_index=1), F.cross_entropy(x, F.softmax(x, 1)), F.nll_loss(F.log_softmax(x, 1), t)",
  x=r(4, 3), t=i64([0, 2, 1, 2]), w=pos(3))
f("regression_losses",
  "F.mse_loss(x, y), F.l1_loss(x, y), F.smooth_l1_loss(x, y), F.huber_loss(x, y, delta=0.5), "
  "F.mse_loss(x, y, reduction='none'), F.mse_loss(x, y, reduction='sum'), F.poisson_nll_loss(x, "
  "y.abs()), F.gaussian_nll_loss(x, y, y.abs() + 1)",
  x=r(3, 4), y=r(3, 4))
f("binary_losses",
  "F.binary_cross_entropy(torch.sigmoid(x), t), F.binary_cross_entropy_with_logits(x, t), "
  "F.binary_cross_entropy_with_logits(x, t, pos_weight=w, reduction='none'), "
  "F.soft_margin_loss(x, t * 2 - 1)",
  x=r(3, 4), t=lambda g: g.integers(0, 2, (3, 4)).astype(np.float32), w=pos(4))
f("other_losses",
  "F.kl_div(F.log_softmax(x, 1), F.softmax(y, 1), reduction='batchmean'), "
  "F.cosine_embedding_loss(x, y, torch.ones(3)), F.triplet_margin_loss(x, y, x + 1), "
  "F.margin_ranking_loss(x[:, 0], y[:, 0], torch.ones(3)), F.hinge_embedding_loss(x, "
  "torch.ones_like(x)), F.multi_margin_loss(x, torch.tensor([0, 1, 2]))",
  x=r(3, 4), y=r(3, 4))
m("loss_modules",
  "nn.ModuleList([nn.MSELoss(), nn.L1Loss(), nn.SmoothL1Loss(beta=0.5), nn.BCEWithLogitsLoss(), "
  "nn.KLDivLoss(reduction='sum')])",
  "[loss(x, y) for loss in self.m]",
  x=r(3, 4), y=pos(3, 4, high=0.9))
m("cross_entropy_module",
  "nn.CrossEntropyLoss()",
  "self.m(x, t), nn.NLLLoss()(torch.log_softmax(x, 1), t)",
  x=r(4, 3, 2), t=ints(0, 3, 4, 2))

# Containers and small compositions
m("sequential_slices",
  "nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))",
  "self.m(x), self.m[0](x), getattr(self.m, '0')(x), self.m[:2](x), self.m[-1](self.m[:-1](x)), "
  "len(self.m)",
  x=r(2, 3))
m("module_dict",
  "nn.ModuleDict({'up': nn.Linear(3, 4), 'down': nn.Linear(4, 3)})",
  "for name, layer in self.m.items():\n"
  "    x = layer(x)\n"
  "return x, self.m['up'](x), 'up' in self.m, list(self.m.keys()) == ['up', 'down']",
  x=r(2, 3))
m("parameter_list",
  "nn.ParameterList([nn.Parameter(torch.ones(3) * k) for k in range(3)])",
  "y = x\n"
  "for p in self.m:\n"
  "    y = y * p + 1\n"
  "return y, self.m[1], len(self.m)",
  x=r(3))
m("residual_block",
  "nn.Sequential(nn.Conv2d(3, 3, 3, padding=1, bias=False), nn.BatchNorm2d(3), "
  "nn.ReLU(inplace=True), nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3))",
  "F.relu(self.m(x) + x)",
  x=r(1, 3, 5, 5))
f("gelu_by_hand",
  "0.5 * x * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * torch.pow(x, 3.0)))), "
  "x * 0.5 * (1 + torch.erf(x / math.sqrt(2.0)))",
  x=r(3, 4))
f("rotary_embedding",
  "half = x.shape[-1] // 2\n"
  "inv = 1.0 / (10000 ** (torch.arange(0, half).float() / half))\n"
  "t = torch.arange(x.shape[-2]).float()\n"
  "freqs = torch.outer(t, inv)\n"
  "emb = torch.cat((freqs, freqs), dim=-1)\n"
  "x1, x2 = x[..., :half], x[..., half:]\n"
  "return x * emb.cos() + torch.cat((-x2, x1), dim=-1) * emb.sin()",
  x=r(2, 3, 8))
f("positional_encoding",
  "pe = torch.zeros(5, 6)\n"
  "pos = torch.arange(0, 5).unsqueeze(1).float()\n"
  "div = torch.exp(torch.arange(0, 6, 2).float() * -(math.log(10000.0) / 6))\n"
  "pe[:, 0::2] = torch.sin(pos * div)\n"
  "pe[:, 1::2] = torch.cos(pos * div)\n"
  "return x + pe.unsqueeze(0)",
  x=r(2, 5, 6))
f("top_p_mask",
  "s, i = torch.sort(x, descending=True)\n"
  "cum = torch.cumsum(F.softmax(s, dim=-1), dim=-1)\n"
  "remove = cum > 0.8\n"
  "remove[..., 1:] = remove[..., :-1].clone()\n"
  "remove[..., 0] = 0\n"
  "mask = remove.scatter(-1, i, remove)\n"
  "return x.masked_fill(mask, -float('inf')), mask",
  x=distinct(2, 6))
f("squeeze_excite",
  "w = x.mean((2, 3), keepdim=True)\n"
  "w = torch.sigmoid(w * 2)\n"
  "return x * w.expand_as(x), torch.cat([w.amax(1), w.mean(1)], 1)",
  x=r(2, 3, 4, 4))
f("random_shapes",
  "torch.rand(2, 3).shape[1], torch.randn(4).numel(), (torch.rand(50) < 1).all(), "
  "(torch.rand(50) >= 0).all(), torch.randint(3, 4, (2,)), torch.bernoulli(torch.ones(3)), "
  "torch.bernoulli(torch.zeros(3)), torch.randperm(6).sort()[0], "
  "torch.multinomial(torch.tensor([0.0, 1.0, 0.0]), 1), F.dropout(x, 0.5, training=False), "
  "torch.zeros(3).uniform_(2, 2), torch.normal(torch.zeros(2), torch.zeros(2)), "
  "torch.rand_like(x).shape[0], torch.randn_like(x).dim()",
  x=r(3))
f("out_keyword",
  "a, b, c = torch.zeros(2, 3), torch.zeros(2, 3), torch.empty(0)\n"
  "row = a[0]\n"
  "r = torch.add(x, y, out=a)\n"
  "torch.exp(x[0], out=b[1])\n"
  "torch.index_select(x, 1, i, out=c)\n"
  "v, at = torch.zeros(2), torch.zeros(2, dtype=torch.int64)\n"
  "torch.max(x, 1, out=(v, at))\n"
  "n = torch.arange(0, 4, out=torch.FloatTensor(4))\n"
  "r += 1\n"
  "return a, row, b, c, v, at, n, torch.cat([x, y], out=torch.empty(4, 3))",
  x=r(2, 3), y=r(2, 3), i=i64([2, 0]))
f("resize_in_place",
  "a = x.clone()\n"
  "a.resize_(3, 2)\n"
  "b = y.clone()\n"
  "b.resize_(2, 2)\n"
  "return a, b",
  x=r(2, 3), y=r(6))
f("pool_run_time_window",
  "k = int(n)\n"
  "return F.avg_pool2d(x, k), F.max_pool2d(x, (k, k + 1)), F.avg_pool2d(x, k, divisor_override=3)",
  x=r(1, 2, 7, 7), n=i64(3))
f("pool_adaptive_run_time",
  "y = x[:, :, :int(n), 1:int(n)]\n"
  "return (F.adaptive_avg_pool2d(y, 3), F.adaptive_max_pool2d(y, (2, 3)), F.adaptive_avg_pool2d(x, int(n)), "
  "F.adaptive_avg_pool2d(y, (None, 1)))",
  x=r(1, 2, 7, 7), n=i64(5))
f("distribution_multivariate_normal",
  "d = torch.distributions.multivariate_normal.MultivariateNormal(x, scale_tril=torch.tril(s))\n"
  "return d.mean, d.covariance_matrix, d.variance, d.log_prob(y), d.entropy()",
  x=r(2, 3), y=r(2, 3), s=pos(3, 3, low=0.5))
f("in_place_families",
  "a, b, c = x.clone(), y.clone(), x.clone()\n"
  "a.erfinv_().mul_(2.0).clip_(-1, 1)\n"
  "b.atan2_(x).negative_().deg2rad_()\n"
  "c.erfc_().asinh_().true_divide_(y)\n"
  "return a, b, c, x.clone().less_(y), x.clone().absolute_().exp2_()",
  x=unit(2, 3), y=r(2, 3))

# Sequences of different lengths, and weights that are computed from others
RNN = "from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence, pack_sequence, unpad_sequence, unpack_sequence, PackedSequence\n"
m("packed_lstm_known", "nn.LSTM(3, 4, 2, batch_first=True, bidirectional=True)",
  RNN + "p = pack_padded_sequence(x, [5, 3, 2], batch_first=True)\n"
  "o, (h, c) = self.m(p)\n"
  "y, n = pad_packed_sequence(o, batch_first=True)\n"
  "return y, n, h, c, o.data, o.batch_sizes", x=r(3, 6, 3))
m("packed_gru_lengths", "nn.GRU(3, 4, bidirectional=True)",
  RNN + "p = pack_padded_sequence(x, n, enforce_sorted=False)\n"
  "o, h = self.m(p)\n"
  "y, k = pad_packed_sequence(o, padding_value=-1.0, total_length=7)\n"
  "return y, k, h", x=r(6, 3, 3), n=i64([2, 5, 3]))
m("packed_rnn_hidden", "nn.RNN(3, 4, nonlinearity='relu')",
  RNN + "p = pack_padded_sequence(x, [2, 5, 3], enforce_sorted=False)\n"
  "o, h = self.m(p, h0)\n"
  "z = PackedSequence(o.data * 2, o.batch_sizes, o.sorted_indices, o.unsorted_indices)\n"
  "y, k = pad_packed_sequence(z)\n"
  "return y, k, h", x=r(6, 3, 3), h0=r(1, 3, 4))
f("packed_data", RNN + "p = pack_padded_sequence(x, n, batch_first=True)\n"
  "return p.data, p.batch_sizes, pad_packed_sequence(p)[0]", x=r(3, 4, 2), n=i64([4, 2, 1]))
f("pack_sequence", RNN + "p = pack_sequence([x, x[:2], x[:3]], enforce_sorted=False)\n"
  "return p.data, p.batch_sizes, p.sorted_indices, p.unsorted_indices, unpack_sequence(p), unpad_sequence(pad_sequence([x, x[1:]]), torch.tensor([4, 3]))", x=r(4, 2))
for kind, new in (("old", "torch.nn.utils.weight_norm"), ("new", "torch.nn.utils.parametrizations.weight_norm")):
    m("weight_norm_" + kind, f"nn.Sequential({new}(nn.Conv1d(3, 4, 3)), {new}(nn.ConvTranspose1d(4, 2, 3)), {new}(nn.Linear(6, 3), dim=None))", x=r(2, 3, 6))
m("spectral_norm_old", "torch.nn.utils.spectral_norm(nn.ConvTranspose2d(3, 4, 2))", x=r(2, 3, 4, 4))
m("spectral_norm_new", "torch.nn.utils.parametrizations.spectral_norm(nn.Conv2d(3, 4, 2))", x=r(2, 3, 4, 4))
m("weight_norm_removed", "nn.utils.remove_weight_norm(nn.utils.weight_norm(nn.Linear(3, 4)))", x=r(2, 3))
m("parametrization_removed", "nn.utils.parametrize.remove_parametrizations(nn.utils.parametrizations.weight_norm(nn.Linear(3, 4)), 'weight')", x=r(2, 3))
m("conv_bn_fused", "nn.ModuleList([nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)])",
  "nn.utils.fuse_conv_bn_eval(self.m[0], self.m[1])(x), self.m[1](self.m[0](x))", x=r(2, 3, 5, 5))

# Complex numbers, Fourier transforms, windows, linear systems and the rest of the torch namespace
f("complex_rotary", "freqs = 1.0 / (100.0 ** (torch.arange(0, 4, 2)[:2].float() / 4))\n"
  "freqs = torch.outer(torch.arange(3), freqs).float()\n"
  "cis = torch.polar(torch.ones_like(freqs), freqs)\n"
  "q = torch.view_as_complex(x.float().reshape(*x.shape[:-1], -1, 2))\n"
  "cis = cis.view(*[d if i == 1 or i == q.ndim - 1 else 1 for i, d in enumerate(q.shape)])\n"
  "return torch.view_as_real(q * cis).flatten(3).type_as(x), torch.is_complex(q), q.shape", x=r(2, 3, 2, 4))
f("complex_parts", "z = torch.complex(x, y)\n"
  "w = z * z.conj() + 2 * z - 1 / z\n"
  "return w.real, w.imag, torch.abs(z), z.angle(), torch.view_as_real(z / w), torch.view_as_real(torch.cat([z, w], 1)), "
  "torch.view_as_real(torch.einsum('ij,kj->ik', z, w)), torch.view_as_real(z @ w.transpose(0, 1)), torch.angle(x), torch.view_as_real(z[0] ** 2), z.real[:, 1:]", x=r(2, 3), y=pos(2, 3))
f("complex_writes", "out = torch.zeros(2, 4, dtype=torch.cfloat)\n"
  "out[:, :3] = torch.complex(x, x * 2)\n"
  "return torch.view_as_real(out), torch.fft.irfft(out, n=6)", x=r(2, 3))
f("fft_1d", "a = torch.fft.fft(x)\nb = torch.fft.rfft(x, norm='ortho')\n"
  "return torch.view_as_real(a), torch.view_as_real(b), torch.fft.ifft(a).real, torch.fft.irfft(b, n=7, norm='ortho'), torch.fft.irfft(b), "
  "torch.view_as_real(torch.fft.fft(x, n=4, dim=0)), torch.view_as_real(torch.fft.rfft(x, n=9, norm='forward'))", x=r(3, 7))
f("fft_nd", "a = torch.fft.rfft2(x, norm='ortho')\nb = torch.fft.fftn(x)\n"
  "return torch.view_as_real(a), torch.fft.irfft2(a, s=(4, 5), norm='ortho'), torch.view_as_real(torch.fft.fftshift(b)), torch.fft.ifftn(b).real, "
  "torch.fft.fft2(x).real, torch.fft.fft(torch.fft.fft(x, dim=-1), dim=-2).real, torch.fft.irfftn(torch.fft.rfftn(x, dim=(1, 2)), s=(4, 5), dim=(1, 2)), torch.fft.ifftshift(x)", x=r(2, 4, 5))
f("fft_freq", "torch.fft.fftfreq(5), torch.fft.fftfreq(6, 0.5), torch.fft.rfftfreq(7), x", x=r(2))
f("stft_istft", "w = torch.hann_window(8)\ns = torch.stft(x, 8, 4, window=w, return_complex=True)\n"
  "return torch.view_as_real(s), s.abs(), torch.istft(s, 8, 4, window=w), torch.istft(s, 8, 4, window=w, length=20), "
  "torch.view_as_real(torch.stft(x, 8, win_length=6, center=False, normalized=True, return_complex=True))", x=r(2, 24))
f("windows", "torch.hann_window(6), torch.hann_window(5, periodic=False), torch.hamming_window(6), torch.blackman_window(6), torch.bartlett_window(7), torch.kaiser_window(6), torch.kaiser_window(5, False, 3.0), torch.hann_window(1), x", x=r(2))
SPD = lambda g: (lambda a: (a @ a.transpose(0, 2, 1) + 2 * np.eye(4)).astype(np.float32))(g.standard_normal((2, 4, 4)))
f("linear_systems", "torch.inverse(x), torch.linalg.inv(x), torch.linalg.solve(x, y), torch.linalg.solve(x[0], y[0, :, 0]), torch.det(x), torch.linalg.det(x[0]), torch.slogdet(x), torch.logdet(x), torch.matrix_power(x, 3), torch.linalg.matrix_power(x, -1), torch.matrix_power(x, 0)",
  x=SPD, y=r(2, 4, 3))
f("linear_pivots", "torch.inverse(x), torch.det(x), torch.slogdet(x), torch.linalg.solve(x, x), torch.det(z)", x=f32([[0, 2, 1], [1, 0, 3], [4, -1, 0]]), z=f32([[1, 2], [2, 4]]))
f("cholesky", "l = torch.linalg.cholesky(x)\nreturn l, torch.linalg.cholesky(x, upper=True), torch.cholesky_solve(y, l), torch.linalg.solve_triangular(l, y, upper=False), torch.linalg.solve_triangular(l.mT, y, upper=True), torch.cholesky_inverse(l[0])",
  x=SPD, y=r(2, 4, 3))
f("qr", "torch.linalg.qr(x), torch.linalg.qr(x.mT), torch.linalg.qr(x, mode='complete'), torch.linalg.qr(y)", x=r(2, 4, 3), y=r(3, 3))
f("more_math", "torch.isposinf(x), torch.isneginf(x), torch.logaddexp2(y, z), torch.ldexp(y, i), torch.i0(y * 4), torch.mvlgamma(z + 3, 2), torch.isreal(x), torch.acosh(z + 1), y.arctan2(z)", x=SPECIAL, y=r(5), z=pos(5), i=ints(-3, 4, 5))
f("more_in_place", "a = x.clone()\na.atan2_(y).clip_(-1, 1).deg2rad_().negative_()\nb = x.clone()\ntorch.log1p_(b.abs_())\ntorch.zero_(c := y.clone())\ntorch.fill_(d := y.clone(), 2)\nreturn a, b, c, d, torch.sinh_(x.clone()), x.clone().copysign_(y), torch.fill(x, 3.0)", x=r(5), y=pos(5))
f("scatter_views", "torch.diagonal_scatter(x, y), torch.select_scatter(x, y, 0, 1), torch.select_scatter(x, y, -1, 2), torch.slice_scatter(x, x[:, :2] * 0, 1, 1, 3), torch.slice_scatter(x, x[::2] * 2, 0, 0, None, 2), torch.diagflat(y, 1), torch.diagflat(x[:2, :2]), x.put(i, y[:2]), torch.vander(y), torch.vander(y, 4, increasing=True), torch.linalg.vander(y)", x=r(3, 3), y=r(3), i=i64([1, 7]))
f("unravel_index", "torch.unravel_index(i, (2, 3, 4)), torch.unravel_index(i, (24,))", i=i64([0, 5, 23]))
f("nanmedian", "torch.nanmedian(x), torch.nanmedian(x, 1).values, x.nanmedian(0, keepdim=True)[0]", x=f32([[1, np.nan, 3, 2], [np.nan, np.nan, np.nan, np.nan], [4, 0, -1, np.nan]]))
f("covariance", "torch.cov(x), torch.corrcoef(x), torch.cov(x[0]), x.cov(correction=0)", x=r(3, 5))
f("trapezoid", "torch.trapezoid(x), torch.trapz(x, y), torch.cumulative_trapezoid(x, dx=0.5), torch.trapezoid(x, dim=0), torch.trapezoid(x, x + 1, dim=0)", x=r(3, 4), y=distinct(4))
f("functional_control", "torch.cond(x.sum() > 0, lambda a: a + 1, lambda a: a - 1, (x,)), torch.vmap(torch.dot)(x, y), torch.vmap(lambda a, b: a * b.sum(), in_dims=(0, None))(x, y)", x=r(2, 3), y=r(2, 3))
f("pdist_rrelu", "torch.pdist(x), F.rrelu_(x - 1)", x=pos(3, 4))

# einops
EINOPS = "from einops import rearrange, reduce, repeat, einsum, pack, unpack, parse_shape\n"
f("einops_rearrange", EINOPS + "return rearrange(x, 'b c (h p) (w q) -> b (h w) (p q c)', p=2, q=3), rearrange(x, 'b ... -> ... b'), rearrange(x, 'b c h w -> b c (h w)'), rearrange([x[0], x[1]], 'k c h w -> c k h w'), rearrange(x, 'b c h w -> b 1 c h w 1'), rearrange(rearrange(x, 'b c h w -> b () c h w'), 'b 1 c ... -> b c ...'), rearrange(x, 'b (g c) h w -> (b g) c h w', g=2)", x=r(2, 4, 4, 6))
f("einops_reduce", EINOPS + "return reduce(x, 'b c h w -> b c', 'mean'), reduce(x, 'b c (h 2) (w 2) -> b c h w', 'max'), reduce(x, 'b c h w -> b c 1 1', 'sum'), reduce(x, '... w -> ...', 'min'), reduce(x, 'b c h w -> ', 'prod'), parse_shape(x, 'b _ h w')['h']", x=r(2, 2, 2, 4))
f("einops_repeat", EINOPS + "return repeat(x, 'h w -> b h w', b=3), repeat(x, 'h w -> (h 2) (w 3)'), repeat(x, 'h w -> h (r w)', r=2), repeat(x, 'h w -> h w c', c=2), repeat(x, '... -> b ...', b=2)", x=r(2, 3))
f("einops_einsum_pack", EINOPS + "p, ps = pack([x, y], 'b * c')\nreturn einsum(x, y, 'batch row ch, batch i j ch -> batch row i'), p, unpack(p, ps, 'b * c')", x=r(2, 3, 4), y=r(2, 2, 2, 4))
m("einops_layers", "from einops.layers.torch import Rearrange, Reduce\nnn.Sequential(Rearrange('b c (h p) w -> b (h w) (p c)', p=2), nn.Linear(4, 3), Reduce('b n c -> b c', 'mean'))", x=r(2, 2, 4, 3))

# torchvision
def corners(n, shift=0.0):
    """Boxes as (x1, y1, x2, y2)."""
    def make(g):
        low = np.round(g.uniform(0, 8, (n, 2)) * 8) / 8
        return (np.concatenate([low, low + np.round(g.uniform(2, 9, (n, 2)) * 8) / 8], 1) + shift).astype(np.float32)
    return make


def regions(g):
    """Boxes of two images, some of which stick out."""
    return np.concatenate([np.array([[0], [1], [1], [0]]), corners(4, -1)(g)], 1).astype(np.float32)


VISION = "import torchvision\nfrom torchvision import ops\n"
f("boxes", VISION + "return ops.box_area(x), ops.box_iou(x, y), ops.generalized_box_iou(x, y), ops.distance_box_iou(x, y), ops.box_convert(x, 'xyxy', 'cxcywh'), ops.box_convert(x, 'cxcywh', 'xywh'), ops.box_convert(x, 'xywh', 'xyxy'), ops.clip_boxes_to_image(x, (7, 9)), ops.remove_small_boxes(x, 4.0)", x=corners(4), y=corners(3))
f("nms", VISION + "return ops.nms(x, s, 0.3), ops.batched_nms(x, s, c, 0.3), ops.boxes.nms(x, s, 0.9)", x=corners(8), s=distinct(8), c=ints(0, 2, 8))
f("masks_to_boxes", VISION + "return ops.masks_to_boxes(x)", x=lambda g: np.stack([np.pad(np.ones((2, 3), bool), ((1, 2), (0, 2))), np.pad(np.ones((1, 1), bool), ((4, 0), (3, 1)))]))
f("roi_align", VISION + "return ops.roi_align(x, r, (3, 2), 0.5, 2), ops.roi_align(x, r, 2, 0.5, 1, aligned=True), ops.roi_align(x, [r[:1, 1:], r[1:, 1:]], 2, 1.0, 2)",
  x=r(2, 3, 6, 7), r=regions)
f("roi_pool", VISION + "return ops.roi_pool(x, r, (3, 2), 0.5), ops.RoIPool(2, 1.0)(x, r)",
  x=r(2, 3, 6, 7), r=regions)
f("deform_conv2d", VISION + "return ops.deform_conv2d(x, o, w, b, stride=2, padding=1, mask=m), ops.deform_conv2d(x, o * 3, w, stride=(2, 2), padding=1)",
  x=r(2, 4, 6, 7), o=r(2, 36, 3, 4), w=r(6, 2, 3, 3), b=r(6), m=pos(2, 18, 3, 4))
m("deform_conv_layer", "import torchvision\ntorchvision.ops.DeformConv2d(4, 3, 3, padding=1, dilation=1)", "self.m(x, o)", x=r(1, 4, 5, 5), o=r(1, 18, 5, 5))
m("feature_pyramid", "import torchvision\ntorchvision.ops.FeaturePyramidNetwork([3, 4, 5], 6, torchvision.ops.feature_pyramid_network.LastLevelMaxPool())",
  "self.m({'a': x, 'b': y, 'c': z})", x=r(1, 3, 8, 8), y=r(1, 4, 4, 4), z=r(1, 5, 2, 2))
f("multiscale_roi_align", VISION + "return ops.MultiScaleRoIAlign(['a', 'b'], 3, 2, canonical_scale=8, canonical_level=2)({'a': x, 'b': y}, [r], [(16, 16)])", x=r(1, 3, 8, 8), y=r(1, 3, 4, 4), r=corners(5))
f("sigmoid_focal_loss", VISION + "return ops.sigmoid_focal_loss(x, y), ops.sigmoid_focal_loss(x, y, -1, 1.5, 'mean')", x=r(3, 4), y=lambda g: g.integers(0, 2, (3, 4)).astype(np.float32))
SWIN = "from torchvision.models.swin_transformer import PatchMergingV2, SwinTransformer, SwinTransformerBlockV2\nSwinTransformer([4, 4], 4, [2, 1], [2, 2], [4, 4], num_classes=3"
m("swin_small", SWIN + ")", x=r(1, 3, 22, 20))
m("swin_v2_small", SWIN + ", block=SwinTransformerBlockV2, downsample_layer=PatchMergingV2)", x=r(1, 3, 22, 20))
m("regnet_small",
  "from torchvision.models.regnet import BlockParams, RegNet\n"
  "RegNet(BlockParams.from_init_params(3, 8, 7.0, 2.5, 8, se_ratio=0.25), num_classes=3, stem_width=8)",
  x=r(1, 3, 24, 24))

# NumPy in constructors, the standard library, and what is rarely used
NUMPY = "import numpy as np\n"
f("numpy_positions", NUMPY + "pos = np.arange(6)[:, np.newaxis]\nang = pos / np.power(10000, 2 * (np.arange(4)[np.newaxis, :] // 2) / np.float32(4))\n"
  "ang[:, 0::2] = np.sin(ang[:, 0::2])\nang[:, 1::2] = np.cos(ang[:, 1::2])\nreturn x + torch.from_numpy(ang).float(), torch.tensor(np.triu(np.ones((3, 3)), k=1).astype('uint8')), torch.FloatTensor(ang[:2])", x=r(6, 4))
f("numpy_anchors", NUMPY + "g = np.meshgrid(np.arange(3), np.arange(2))\nxy = np.stack(g, axis=-1).reshape(-1, 2)\n"
  "s = np.array([8, 16])[:, None] * np.array([0.5, 1.0, 2.0])\n"
  "b = np.concatenate([xy, xy + 1], axis=1)\nws = np.round(np.sqrt(64 / np.array([0.5, 1, 2])))\n"
  "return torch.from_numpy(b), torch.tensor(s.ravel()), torch.from_numpy(np.vstack((ws, ws)).transpose()), torch.from_numpy(np.hstack([ws, ws])), x", x=r(2))
f("numpy_more", NUMPY + "a = np.array([[3., 1.], [2., 5.]])\n"
  "return [torch.as_tensor(v) for v in (np.argsort(a, axis=1), a.argmax(0), np.argmin(a), np.outer(a[0], a[1]), np.einsum('ij,jk->ik', a, a), np.pad(a, ((1, 0), (0, 2))), np.tile(a, (2, 1)), np.repeat(a, 2, axis=0), np.where(a > 2, a, 0), np.tril(a), np.linspace(0, 1, 5), np.clip(a, 1.5, 4), np.cumsum(a), np.mean(a, axis=0), np.asarray(np.std(a)), np.maximum(a, 2), np.expand_dims(a, 0), np.squeeze(a[None]), np.dot(a, a), a @ a, a.T, np.exp(a), np.log2(a), np.unique(a), np.eye(3), np.identity(2), np.diag(a), np.flip(a, 0).copy(), np.roll(a, 1), np.prod(a.shape), np.array(a > 2).sum(), np.logspace(0, 2, 3), np.full((2, 2), 7), np.sort(a, axis=0), np.floor(a / 2), np.mod(a, 2), np.sign(a - 2), np.abs(-a), np.swapaxes(a, 0, 1), np.split(np.arange(6), 3)[1], np.array_split(np.arange(5), 2)[0], np.any(a > 4), np.isclose(a, a).all(), a[[1, 0]], a[a > 2], np.moveaxis(a[None], 0, -1), np.broadcast_to(a[0], (3, 2)), np.column_stack((a, a)), np.cos(a), np.arctan2(a, 1), np.asarray(a.mean()), np.ceil(a), np.asarray(np.linalg.norm(a)), np.asarray(a.max()), np.nonzero(a > 2)[0], np.argwhere(a > 2), np.asarray(np.median(a)), np.asarray(np.percentile(a, 50)), np.vectorize(lambda v: v * 2)(a), np.square(a), np.power(a, 2), np.atleast_2d(a[0]), np.isnan(a), np.ravel(a), np.meshgrid(a[0], a[1], indexing='ij')[0], np.add(a, a), np.take(a, [1], axis=0), np.zeros((2,), dtype=np.float32), int(np.ceil(2.2)), np.log1p(a), np.tanh(a), np.triu_indices(3, 1)[0], np.ones_like(a))], x", x=r(2))
f("std_heapq", "import heapq, bisect, statistics, math, collections, itertools\nh = [5, 2, 8, 1]\nheapq.heapify(h)\nheapq.heappush(h, 0)\n"
  "o = [heapq.heappop(h) for _ in range(5)]\nreturn torch.tensor(o), bisect.bisect([1, 2, 2, 3], 2), bisect.bisect_left([1, 2, 2, 3], 2), statistics.mean([1, 2, 4]), statistics.stdev([1.0, 2.0, 4.0]), heapq.nlargest(2, [3, 1, 2])[0], statistics.median([3, 1, 2, 5]), x", x=r(2))
f("polygamma_etc", "torch.special.expit(x), torch.special.entr(y), torch.special.ndtr(x), torch.special.ndtri((y + 1) / 5), torch.special.i0(x), torch.special.round(x), torch.special.xlog1py(x, y)", x=r(4), y=pos(4))
f("mode_etc", "torch.mode(x, 1), torch.mode(x, 0, keepdim=True), torch.index_reduce(y, 0, i, y[:2], 'amax'), y.index_reduce(0, i, y[:2], 'mean', include_self=False)", x=ints(0, 3, 3, 5), y=r(3, 2), i=i64([0, 0]))
m("adaptive_log_softmax", "nn.AdaptiveLogSoftmaxWithLoss(6, 12, [3, 7], div_value=2.0)", "self.m.log_prob(x), self.m.predict(x), self.m(x, t)", x=r(4, 6), t=i64([0, 4, 8, 11]))
f("missing_losses", "F.multilabel_margin_loss(x, t), nn.MultiLabelMarginLoss(reduction='none')(x, t), F.triplet_margin_with_distance_loss(x, x + 1, x - 2, margin=2.0), nn.TripletMarginWithDistanceLoss(swap=True)(x, x * 2, x * 3)", x=r(2, 4), t=i64([[3, 0, -1, 1], [1, -1, 0, 2]]))
f("pool_indices", "F.adaptive_max_pool2d_with_indices(x, 2), F.max_pool3d_with_indices(x[None], 2), F.adaptive_max_pool1d(x[0], 3, return_indices=True)", x=distinct(1, 2, 4, 6))

# Arguments by name and in their orders
f("keyword_forms", "torch.flip(x, dims=[0]), x.flip(dims=(1,)), torch.permute(x, dims=(1, 0)), x.permute(dims=(1, 0)), torch.reshape(x, shape=(3, 2)), x.reshape(shape=(6,)), x.view(size=(3, 2)), x.repeat(repeats=(1, 2)), torch.tile(x, dims=(2, 1)), x.expand(size=(2, 2, 3)), torch.broadcast_to(x, size=(2, 2, 3)), torch.zeros(size=(2, 1)), torch.ones(size=[2]), torch.zeros((2, 2)), torch.empty(size=(0, 2)), torch.rot90(x, k=1, dims=[0, 1]), torch.roll(x, shifts=1, dims=0), torch.rand(size=(2, 2)).shape[0], torch.randn(size=(2, 2)).dim()", x=r(2, 3))
f("keyword_forms_2", "torch.full(size=(2,), fill_value=3.0), torch.arange(start=0, end=4, step=2), torch.linspace(start=0, end=1, steps=3), torch.cat(tensors=[x, x], dim=0), torch.stack(tensors=(x, x), dim=0), torch.split(x, split_size_or_sections=1, dim=0), torch.chunk(input=x, chunks=3, dim=1), torch.matmul(input=x, other=x.t()), torch.where(condition=x > 0, input=x, other=-x), torch.clamp(input=x, min=0), torch.softmax(input=x, dim=1), torch.sum(input=x, dim=0), x.new_zeros(size=(2,)), x.new_ones((2, 2)), x.new_full((2,), 1.5), torch.randint(low=0, high=1, size=(2,)), torch.eye(n=2), torch.topk(input=x, k=1, dim=1), torch.sort(input=x, dim=1), torch.gather(input=x, dim=1, index=torch.zeros(2, 1, dtype=torch.long)), torch.index_select(input=x, dim=0, index=torch.tensor([1])), torch.unsqueeze(input=x, dim=0), torch.transpose(input=x, dim0=0, dim1=1), torch.einsum('ij->ji', x), torch.norm(input=x, p=2, dim=1), torch.max(input=x, dim=1), torch.argmax(input=x, dim=1), torch.cumsum(input=x, dim=1), x.sum(axis=1), x.mean(axis=0, keepdims=True), x.max(axis=1)[0], torch.concat([x, x], axis=1), x.squeeze(dim=0), torch.bmm(input=x[None], mat2=x.t()[None]), torch.addmm(input=x[:, :2], mat1=x, mat2=x.t()), torch.pow(input=x, exponent=2), torch.masked_fill(x, x > 0, value=0.0), x.masked_fill(mask=x > 0, value=1.0), x.scatter(dim=1, index=torch.zeros(2, 1, dtype=torch.long), value=9.0), x.unfold(dimension=1, size=2, step=1), x.split(split_size=1, dim=0), x.type(dtype=torch.float64), x.clamp(min=-0.5, max=0.5), torch.squeeze(input=x[None], dim=0), x.transpose(dim0=0, dim1=1), x.flatten(start_dim=0), torch.flatten(input=x, start_dim=0), x.to(device='cpu', dtype=torch.float64), x.std(dim=1, unbiased=False), x.var(1, keepdim=True), x.argmax(dim=-1, keepdim=True), torch.all(x > 0, dim=1), torch.any(input=x > 0), x.repeat_interleave(repeats=2, dim=0), torch.diag_embed(x, offset=1)", x=r(2, 3))
f("argument_orders", "x.min(1)[0], torch.max(x, 1)[1], torch.max(x, x * 2), x.amax((0, 1)), x.norm(dim=1), x.norm(2, 1, True), F.normalize(x, 2, 1), F.pad(x, [1, 1]), F.interpolate(x[None, None], scale_factor=2), F.interpolate(x[None, None], (3, 3), mode='bilinear', align_corners=True), F.one_hot(torch.tensor([0, 2]), 3), F.softmax(x), F.cosine_similarity(x, x * 2, -1), F.dropout(x, 0.5, False), F.avg_pool1d(x[None], 2), torch.mm(x, x.T), x @ x.mT, x.add(x, alpha=2), torch.add(x, 2, x), x.sub(1), 1 - x, x.div(2, rounding_mode='floor'), x.lt(0), x.where(x > 0, torch.zeros(())), torch.where(x > 0, 1.0, 0.0), torch.where(x > 0, x, 0), torch.meshgrid(torch.arange(2), torch.arange(3)), torch.tensor([1, 2]) / 2, x.gt(0).sum().item(), x.size(-1), x.new_tensor([1, 2]), torch.zeros_like(x, dtype=torch.long), x.numel(), len(x), x.T.is_contiguous(), x.element_size(), x.t().contiguous().view(-1), torch.outer(x[0], x[1]), x.nelement(), torch.finfo(x.dtype).max > 1, torch.arange(3.0), torch.arange(0, 1, 0.25), torch.logsumexp(x, dim=(0, 1)), torch.prod(x, 1), x.tolist(), torch.nn.functional.glu(x[:, :2]), torch.bucketize(x, torch.tensor([-1.0, 0.0, 1.0])), x.index_select(-1, torch.tensor([0])), torch.histc(x, 4, -2, 2), torch.bincount(torch.tensor([1, 1, 3])), torch.searchsorted(torch.tensor([0.0, 1.0]), x), torch.triu(torch.ones(3, 3), diagonal=1).bool()", x=r(2, 3))
f("reshape_forms",
  "torch.reshape(x.t(), (-1,)), torch.reshape(x, shape=(3, -1)), torch.permute(x, (1, 0))",
  x=r(2, 3))

# Names of NumPy's, sparse tensors, next numbers
f("numpy_names",
  "torch.softmax(x, axis=1), x.cumsum(axis=1), torch.stack([x, x], axis=-1), torch.sort(x, axis=1)[0], x.unsqueeze(axis=1), torch.split(x, 2, 1)[0], torch.chunk(x, 2, axis=1)[1], "
  "x.mean(axis=1, keepdims=True), torch.amin(x, axis=(0, 1), keepdims=True), x.std(axis=0, keepdims=True), torch.argsort(x, axis=1), torch.logsumexp(x, axis=1), x.swapaxes(axis0=0, axis1=1)",
  x=distinct(2, 4))
f("sparse_tensors",
  "s = torch.sparse_coo_tensor(i, v, (3, 4))\nreturn s.to_dense(), torch.sparse.mm(s, x), torch.spmm(s, x), torch.matmul(s, x), torch.sparse_coo_tensor(i, v).to_dense(), x.to_sparse().coalesce().to_dense()",
  i=i64([[0, 2, 2, 0], [1, 0, 3, 1]]), v=r(4), x=r(4, 2))
f("nextafter", "torch.nextafter(x, y), torch.nextafter(x, x), x.nextafter(y).double(), torch.nextafter(x.double(), y.double())", x=r(2, 5), y=r(2, 5))
