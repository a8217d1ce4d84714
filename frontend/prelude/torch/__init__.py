"""The torch namespace, for inference."""

from torch._dtype import (
    CPU as _CPU,
    Size,
    bfloat16,
    bool_ as _bool,
    channels_last,
    channels_last_3d,
    complex64,
    complex128,
    contiguous_format,
    device,
    dtype,
    finfo,
    float16,
    float32,
    float64,
    get_default_dtype,
    iinfo,
    int8,
    int16,
    int32,
    int64,
    layout,
    memory_format,
    preserve_format,
    set_default_dtype,
    sparse_coo,
    strided,
    uint8,
    uint16,
    uint32,
    uint64,
)
from torch._tensor import (
    BFloat16Tensor,
    BoolTensor,
    ByteTensor,
    CharTensor,
    DoubleTensor,
    FloatTensor,
    HalfTensor,
    IntTensor,
    LongTensor,
    ShortTensor,
    Tensor,
)
from torch._creation import (
    arange,
    as_tensor,
    asarray,
    bernoulli,
    cartesian_prod,
    combinations,
    empty,
    empty_like,
    empty_strided,
    eye,
    from_numpy,
    full,
    full_like,
    linspace,
    logspace,
    meshgrid,
    multinomial,
    normal,
    ones,
    ones_like,
    poisson,
    rand,
    rand_like,
    randint,
    randint_like,
    randn,
    randn_like,
    randperm,
    range,
    scalar_tensor,
    tensor,
    tril_indices,
    triu_indices,
    zeros,
    zeros_like,
)
from torch._math import *
from torch._reduce import *
from torch._linalg import *
from torch._shape import *  # last of these: the others build on helpers of the same names
from torch._complex import ComplexTensor as _Complex
from torch._complex import angle, complex, conj, imag, is_complex, polar, real, view_as_complex, view_as_real
from torch._complex import conj as conj_physical
from torch._decompose import cholesky_inverse, cholesky_solve, det, inv as inverse, logdet, lstsq, matrix_power, slogdet
from torch._decompose import old_cholesky as cholesky, old_qr as qr
from torch import _decompose
from torch._window import bartlett_window, blackman_window, hamming_window, hann_window, kaiser_window
from torch._index import index_put
from torch._grad import (
    autocast,
    enable_grad,
    inference_mode,
    is_autocast_enabled,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from torch._storage import load, save

cfloat = complex64
cdouble = complex128
float = float32
double = float64
half = float16
long = int64
int = int32
short = int16
bool = _bool

from math import e, inf, nan, pi

from torch import autograd, backends, cuda, distributed, distributions, fft, jit, linalg, nn, optim, special, utils, version
from torch import _dynamo, _inductor, _utils, amp, compiler, fx, hub, library, multiprocessing, overrides, random, sparse, types
from torch.nn.functional import (
    adaptive_avg_pool1d,
    adaptive_max_pool1d,
    alpha_dropout,
    avg_pool1d,
    batch_norm,
    bilinear,
    celu,
    celu_,
    conv1d,
    conv2d,
    conv3d,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
    cosine_similarity,
    dropout,
    dropout_,
    embedding,
    group_norm,
    hardshrink,
    instance_norm,
    layer_norm,
    max_pool1d,
    max_pool2d,
    max_pool3d,
    pairwise_distance,
    prelu,
    relu_,
    rms_norm,
    rrelu,
    selu,
    selu_,
    threshold,
)
from torch.nn.functional import (
    binary_cross_entropy_with_logits,
    cosine_embedding_loss,
    ctc_loss,
    embedding_bag,
    hinge_embedding_loss,
    kl_div,
    margin_ranking_loss,
    pdist,
    poisson_nll_loss,
    rrelu_,
    threshold_,
    triplet_margin_loss,
)
from torch.fft import istft, stft
from torch._control import cond, vmap, while_loop
from torch import _out
from torch.random import default_generator, get_rng_state, initial_seed, manual_seed, seed, set_rng_state, Generator

__version__ = "2.5.0"


def is_tensor(obj):
    return isinstance(obj, Tensor)


def is_storage(obj):
    return False


def numel(input):
    return input.numel()


def is_floating_point(input):
    return input.is_floating_point()


def is_nonzero(input):
    return input.__bool__()


def result_type(tensor1, tensor2):
    import _braid
    from torch._dtype import BY_CODE

    return BY_CODE[_braid.result_type([tensor1, tensor2])]


def promote_types(type1, type2):
    return result_type(zeros(1, dtype=type1), zeros(1, dtype=type2))


def can_cast(from_, to):
    rank_of = lambda d: 0 if d is _bool else 2 if d.is_floating_point else 1
    return rank_of(from_) <= rank_of(to)


def clone(input, *, memory_format=None):
    return input.clone()


def detach(input):
    return input.detach()



def _in_place(name):
    def function(input, *args, **kwargs):
        return getattr(input, name)(*args, **kwargs)

    return function


for _name in """exp exp2 expm1 sqrt rsqrt sigmoid tanh abs floor ceil round trunc fix frac clamp clamp_min clamp_max clip neg
negative log log2 log10 log1p logit sin cos tan sinh cosh asin acos atan arcsin arccos arctan asinh acosh atanh arcsinh
arccosh arctanh square erf erfc reciprocal deg2rad rad2deg nan_to_num fill zero index_put detach addmv xlogy gcd lcm ldexp
i0 sinc resize_as""".split():
    globals()[_name + "_"] = _in_place(_name + "_")


def _or_complex(name):
    """A function that complex tensors have as a method."""
    plain = globals()[name]

    def function(input, *args, **kwargs):
        if isinstance(input, _Complex):
            return getattr(input, name)(*args, **kwargs)
        if args and isinstance(args[0], _Complex):
            lifted = _Complex(input, zeros_like(input)) if is_tensor(input) else _Complex(tensor(input), tensor(0.0))
            return getattr(lifted, name)(*args, **kwargs)
        return plain(input, *args, **kwargs)

    function.__name__ = name
    return function


for _name in """abs add sub mul multiply div divide matmul bmm mm eq ne exp neg reciprocal reshape flatten squeeze unsqueeze
permute transpose movedim roll flip tile repeat_interleave select narrow index_select sum mean cumsum split chunk unbind clone
detach numel""".split():
    globals()[_name] = _or_complex(_name)


for _name in """
    abs absolute acos add addbmm addcdiv addcmul addmm addmv addr all amax amin any arange arccos arcsin arctan argmax
    argmin argsort asin atan atan2 baddbmm bernoulli bitwise_and bitwise_not bitwise_or bitwise_xor bmm cat ceil clamp
    clamp_max clamp_min clip column_stack concat cos cosh cross cummax cummin cumprod cumsum diag diff div divide dot
    empty eq erf erfc exp expm1 eye floor floor_divide fmod full gather ge greater greater_equal gt hstack hypot
    index_select isin kthvalue le lerp less less_equal linspace log log10 log1p log2 logical_and logical_not logical_or
    logical_xor logspace logsumexp lt masked_select matmul max maximum mean median min minimum mm mul multinomial
    multiply mv ne neg negative nonzero norm normal ones outer pow prod quantile rand randint randn randperm range
    reciprocal remainder round rsqrt scatter scatter_add searchsorted sigmoid sign sin sinh softmax sort sqrt square
    stack std sub subtract sum take take_along_dim tan tanh tensordot topk tril triu true_divide trunc var vstack where
    zeros
""".split():
    globals()[_name] = _out.accepting(globals()[_name])


sparse_coo_tensor = sparse._coo
spmm = dsmm = mm


def set_num_threads(n):
    pass


def get_num_threads():
    return 1


def set_num_interop_threads(n):
    pass


def set_printoptions(**kwargs):
    pass


def set_float32_matmul_precision(precision):
    pass


def get_float32_matmul_precision():
    return "highest"


def use_deterministic_algorithms(mode, *, warn_only=False):
    pass


def set_default_tensor_type(t):
    pass


def set_default_device(device):
    pass


def get_device(*args):
    return _CPU


def compile(model=None, **kwargs):
    return (lambda m: m) if model is None else model



def typename(obj):
    return type(obj).__module__ + "." + type(obj).__name__


def _assert(condition, message):
    assert condition, message


def is_same_size(input, other):
    return input.shape == other.shape


def is_signed(input):
    return input.is_signed()


def is_inference(input):
    return True


def is_conj(input):
    return False


is_neg = is_conj


def resolve_conj(input):
    return input


resolve_neg = resolve_conj


def fill(input, value):
    return input.clone().fill_(value)


def constant_pad_nd(input, pad, value=0):
    return nn.functional.pad(input, pad, "constant", value)


def get_default_device():
    return _CPU


def get_num_interop_threads():
    return 1


def are_deterministic_algorithms_enabled():
    return False


def get_autocast_gpu_dtype():
    return float16


def set_flush_denormal(mode):
    return False


def __getattr__(name):
    if name in _UNSUPPORTED:
        return _decompose.missing("torch." + name)
    raise AttributeError(f"module 'torch' has no attribute '{name}'")


_UNSUPPORTED = "svd pca_lowrank svd_lowrank eig symeig lu lu_solve lu_unpack matrix_exp matrix_rank pinverse lobpcg".split()
