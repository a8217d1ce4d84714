def value():
    from .mod import Thing
    from .sub import helper

    return Thing.x, helper()
