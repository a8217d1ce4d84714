"""A package that fails while it is imported."""

value = missing_constant + 1
