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
from torch._shape import *
from torch._linalg import *
from torch._index import index_put
from torch._complex import angle, complex, conj, imag, is_complex, polar, real, view_as_complex, view_as_real
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

float = float32
double = float64
half = float16
long = int64
int = int32
short = int16
bool = _bool

from math import e, inf, nan, pi

from torch import autograd, backends, cuda, distributed, distributions, fft, jit, linalg, nn, optim, special, utils, version
from torch import _dynamo, _inductor, _utils, amp, compiler, fx, hub, library, multiprocessing, overrides, random, types
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


for _name in "exp sqrt rsqrt sigmoid tanh abs floor ceil round clamp neg log sin cos square erf".split():
    globals()[_name + "_"] = _in_place(_name + "_")


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


def stft(*args, **kwargs):
    raise NotImplementedError("torch.stft is not supported: there are no complex tensors")


