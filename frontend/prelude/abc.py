"""Abstract base classes: instantiating a class with abstract methods left is an error."""


def abstractmethod(function):
    function.__isabstractmethod__ = True
    return function


def abstractproperty(function):
    return property(abstractmethod(function))


class ABCMeta(type):
    def register(cls, subclass):
        return subclass

    def __call__(cls, *args, **kwargs):
        missing = []
        for name in dir(cls):
            if getattr(getattr(cls, name, None), "__isabstractmethod__", False):
                missing.append(name)
        if missing:
            raise TypeError(f"Can't instantiate abstract class {cls.__name__} with abstract method {', '.join(missing)}")
        return super().__call__(*args, **kwargs)


class ABC(metaclass=ABCMeta):
    pass
