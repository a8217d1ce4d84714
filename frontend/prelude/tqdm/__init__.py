"""tqdm: loops without the progress bar."""


class tqdm:
    def __init__(self, iterable=None, *args, total=None, **kwargs):
        self.iterable = iterable
        self.total = total
        self.n = 0

    def __iter__(self):
        return iter(self.iterable)

    def __len__(self):
        return self.total if self.iterable is None else len(self.iterable)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return False

    def update(self, n=1):
        self.n += n

    def _nothing(self, *args, **kwargs):
        pass

    close = set_description = set_description_str = set_postfix = set_postfix_str = refresh = clear = reset = _nothing

    @classmethod
    def write(cls, s, *args, **kwargs):
        print(s)


def trange(*args, **kwargs):
    return tqdm(range(*args), **kwargs)


tqdm_notebook = tqdm
