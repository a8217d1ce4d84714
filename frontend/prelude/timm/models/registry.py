"""The register of networks, which nothing is looked up in."""


def register_model(function):
    return function
