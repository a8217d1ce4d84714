import tqdm_not_installed
import h5py_not_installed as h5

print("fine so far")


def f():
    return h5.File("x")


f()
