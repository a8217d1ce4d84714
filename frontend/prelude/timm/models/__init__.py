"""`timm.models`: where older sources import the helpers from."""

from timm.models import helpers, layers, registry, vision_transformer
from timm.models.registry import register_model
