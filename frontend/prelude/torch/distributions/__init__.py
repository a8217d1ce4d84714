"""`torch.distributions`: the few whose samples and probabilities published networks use."""

import math

import torch
from torch.distributions.distribution import Distribution


class Bernoulli(Distribution):
    def __init__(self, probs=None, logits=None, validate_args=None):
        self.probs = torch.sigmoid(logits) if probs is None else torch.as_tensor(probs)
        self.logits = torch.logit(self.probs, 1.1920929e-07) if logits is None else logits

    @property
    def mean(self):
        return self.probs

    @property
    def variance(self):
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape=()):
        return torch.bernoulli(self._extended(self.probs, sample_shape))

    def log_prob(self, value):
        return -torch.nn.functional.binary_cross_entropy_with_logits(self.logits, value, reduction="none")

    def entropy(self):
        return torch.nn.functional.binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")


class Categorical(Distribution):
    def __init__(self, probs=None, logits=None, validate_args=None):
        if probs is None:
            self.logits = logits - logits.logsumexp(-1, True)
            self.probs = torch.softmax(logits, -1)
        else:
            self.probs = probs / probs.sum(-1, True)
            self.logits = torch.log(self.probs.clamp(min=1.1920929e-07))

    def sample(self, sample_shape=()):
        if tuple(sample_shape):
            raise NotImplementedError("Categorical.sample is supported for one sample")
        shape = list(self.probs.shape)
        flat = self.probs.reshape(-1, shape[-1])
        return torch.multinomial(flat, 1, True).reshape(shape[:-1])

    def log_prob(self, value):
        return self.logits.gather(-1, value.long().unsqueeze(-1)).squeeze(-1)

    def entropy(self):
        return -(self.logits * self.probs).sum(-1)


class OneHotCategorical(Distribution):
    def __init__(self, probs=None, logits=None, validate_args=None):
        self._categorical = Categorical(probs, logits)
        self.probs, self.logits = self._categorical.probs, self._categorical.logits

    def sample(self, sample_shape=()):
        index = self._categorical.sample(sample_shape)
        return torch.nn.functional.one_hot(index, self.probs.shape[-1]).to(self.probs.dtype)

    def log_prob(self, value):
        return self._categorical.log_prob(value.argmax(-1))


class Normal(Distribution):
    def __init__(self, loc, scale, validate_args=None):
        self.loc = torch.as_tensor(loc)
        self.scale = torch.as_tensor(scale)

    @property
    def mean(self):
        return self.loc

    @property
    def stddev(self):
        return self.scale

    @property
    def variance(self):
        return self.scale * self.scale

    def sample(self, sample_shape=()):
        like = self._extended(self.loc + self.scale * 0, sample_shape)
        return self.loc + self.scale * torch.randn_like(like)

    rsample = sample

    def log_prob(self, value):
        difference = value - self.loc
        return -(difference * difference) / (2 * self.variance) - self.scale.log() - math.log(math.sqrt(2 * math.pi))

    def cdf(self, value):
        return 0.5 * (1 + torch.erf((value - self.loc) / (self.scale * math.sqrt(2))))

    def entropy(self):
        return 0.5 + 0.5 * math.log(2 * math.pi) + self.scale.log()


class MultivariateNormal(Distribution):
    def __init__(self, loc, covariance_matrix=None, precision_matrix=None, scale_tril=None, validate_args=None):
        if scale_tril is None:
            raise NotImplementedError("MultivariateNormal is supported with scale_tril")
        self.loc = loc.expand(torch.broadcast_shapes(scale_tril.shape[:-1], loc.shape))
        self.scale_tril = scale_tril.expand(self.loc.shape + self.loc.shape[-1:])

    @property
    def mean(self):
        return self.loc

    @property
    def covariance_matrix(self):
        return self.scale_tril @ self.scale_tril.mT

    @property
    def variance(self):
        return (self.scale_tril * self.scale_tril).sum(-1)

    def sample(self, sample_shape=()):
        noise = torch.randn_like(self._extended(self.loc, sample_shape))
        return self.loc + (self.scale_tril @ noise.unsqueeze(-1)).squeeze(-1)

    rsample = sample

    def _log_scale(self):
        return self.scale_tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)

    def log_prob(self, value):
        difference = value - self.loc
        whitened = []
        for i in range(self.loc.shape[-1]):  # forward substitution
            rest = difference[..., i]
            for j, w in enumerate(whitened):
                rest = rest - self.scale_tril[..., i, j] * w
            whitened.append(rest / self.scale_tril[..., i, i])
        distance = sum([w * w for w in whitened])
        return -0.5 * (self.loc.shape[-1] * math.log(2 * math.pi) + distance) - self._log_scale()

    def entropy(self):
        n = self.loc.shape[-1]
        return 0.5 * n * (1 + math.log(2 * math.pi)) + self._log_scale()


class Uniform(Distribution):
    def __init__(self, low, high, validate_args=None):
        self.low = torch.as_tensor(low)
        self.high = torch.as_tensor(high)

    def sample(self, sample_shape=()):
        like = self._extended(self.low + self.high * 0, sample_shape)
        return self.low + (self.high - self.low) * torch.rand_like(like)

    rsample = sample

    def log_prob(self, value):
        inside = (value >= self.low) & (value < self.high)
        return torch.where(inside, -(self.high - self.low).log(), -math.inf)


class Gumbel(Distribution):
    def __init__(self, loc, scale, validate_args=None):
        self.loc = torch.as_tensor(loc)
        self.scale = torch.as_tensor(scale)

    def sample(self, sample_shape=()):
        like = self._extended(self.loc + self.scale * 0, sample_shape)
        draw = torch.rand_like(like).clamp(min=1e-20)
        return self.loc - self.scale * (-draw.log()).log()

    rsample = sample


class Independent(Distribution):
    def __init__(self, base_distribution, reinterpreted_batch_ndims, validate_args=None):
        self.base_dist = base_distribution
        self.n = reinterpreted_batch_ndims

    @property
    def mean(self):
        return self.base_dist.mean

    def sample(self, sample_shape=()):
        return self.base_dist.sample(sample_shape)

    rsample = sample

    def log_prob(self, value):
        return self.base_dist.log_prob(value).sum(list(range(-self.n, 0)))


def _missing(name):
    class Missing(Distribution):
        def __init__(self, *args, **kwargs):
            raise NotImplementedError(f"torch.distributions.{name} is not supported")

    return Missing


Beta = _missing("Beta")
Gamma = _missing("Gamma")
Dirichlet = _missing("Dirichlet")
Poisson = _missing("Poisson")
RelaxedBernoulli = _missing("RelaxedBernoulli")
RelaxedOneHotCategorical = _missing("RelaxedOneHotCategorical")
from torch.distributions import bernoulli, categorical, multivariate_normal, normal, uniform
