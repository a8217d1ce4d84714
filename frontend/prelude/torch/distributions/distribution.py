"""The base of distributions."""


class Distribution:
    has_rsample = False

    def _extended(self, tensor, sample_shape):
        """The tensor repeated over the shape of a sample."""
        lead = list(sample_shape)
        return tensor.expand(lead + list(tensor.shape)) if lead else tensor

    def rsample(self, sample_shape=()):
        raise NotImplementedError

    def sample_n(self, n):
        return self.sample((n,))
