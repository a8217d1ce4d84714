"""Custom operator registration, which cannot be followed into other languages."""


class Library:
    def __init__(self, *args, **kwargs):
        raise NotImplementedError("torch.library is not supported: write the operator with torch functions")


def custom_op(*args, **kwargs):
    raise NotImplementedError("torch.library.custom_op is not supported: write the operator with torch functions")
