"""Fourier transforms, which need complex tensors and are not there."""


def _missing(name):
    def function(*args, **kwargs):
        raise NotImplementedError(f"torch.fft.{name} is not supported: there are no complex tensors")

    return function


fft = _missing("fft")
ifft = _missing("ifft")
rfft = _missing("rfft")
irfft = _missing("irfft")
fft2 = _missing("fft2")
ifft2 = _missing("ifft2")
rfft2 = _missing("rfft2")
irfft2 = _missing("irfft2")
fftn = _missing("fftn")
ifftn = _missing("ifftn")
fftshift = _missing("fftshift")
ifftshift = _missing("ifftshift")
fftfreq = _missing("fftfreq")
rfftfreq = _missing("rfftfreq")
