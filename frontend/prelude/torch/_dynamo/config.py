"""Switches of `torch.compile`, which can be set and which nothing reads."""

suppress_errors = False
cache_size_limit = 8
