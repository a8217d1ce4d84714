"""What all backbones share: `pretrained` and `weights` are accepted, since weights come from the command line."""


class Weights:
    """A class of named weights such as `ResNet50_Weights`: every name is the string itself."""

    DEFAULT = "DEFAULT"
    IMAGENET1K_V1 = "IMAGENET1K_V1"
    IMAGENET1K_V2 = "IMAGENET1K_V2"
    IMAGENET1K_SWAG_E2E_V1 = "IMAGENET1K_SWAG_E2E_V1"
    IMAGENET1K_SWAG_LINEAR_V1 = "IMAGENET1K_SWAG_LINEAR_V1"
    IMAGENET1K_FEATURES = "IMAGENET1K_FEATURES"


WeightsEnum = Weights


def builder(name, make):
    """A function `name(pretrained=False, progress=True, **settings)` that makes a network."""

    def build(pretrained=False, progress=True, weights=None, **kwargs):
        return make(**kwargs)

    build.__name__ = name
    build.is_builder = True
    return build


def make_divisible(value, divisor, least=None):
    """The nearest multiple of the divisor, not more than a tenth below the value."""
    result = max(divisor if least is None else least, int(value + divisor / 2) // divisor * divisor)
    return result + divisor if result < 0.9 * value else result
