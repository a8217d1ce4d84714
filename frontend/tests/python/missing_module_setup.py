# What module-level code does with a module that is not there is put up with, until something is decided by it.
import plotting_that_nobody_has as plots
from plotting_that_nobody_has import jit, Trainer

plots.use("Agg")
plots.style.update({"size": 13})
plots.style["font"] = "serif"
colour = plots.maps["viridis"](3)


@jit(nopython=True)
def fast(x):
    return x


class Wrapped(Trainer):
    def step(self, batch):
        return self.model(batch)


print("imported")
if plots.version >= (3, 0):
    print("never")
