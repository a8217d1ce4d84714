"""The version that the namespace follows."""

__version__ = "2.5.0"
cuda = None
hip = None
git_version = "unknown"
