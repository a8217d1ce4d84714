def helper():
    from ..mod import func

    return func(10)
