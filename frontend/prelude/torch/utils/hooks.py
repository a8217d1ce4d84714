"""What registering a hook returns."""


class RemovableHandle:
    def __init__(self, hooks=None, key=None):
        self.hooks = hooks
        self.key = key

    def remove(self):
        if self.hooks is not None:
            self.hooks.pop(self.key, None)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.remove()
        return False
