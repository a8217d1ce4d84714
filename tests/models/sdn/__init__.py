"""Shallow-deep networks (Kaya, Hong and Dumitras, ICML 2019): internal classifiers on four backbones."""

from .classifier import InternalClassifier, feature_reduction_formula
from .utils import Flatten, is_confident, weights_init
