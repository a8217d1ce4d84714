from .neighbour import thing
