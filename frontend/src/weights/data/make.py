"""Makes the checkpoints of the weights tests with real PyTorch. Run in this folder; needs torch and safetensors.

The files are committed; this script says where they came from.
"""

import argparse
import collections
import datetime
import pathlib

import numpy as np
import torch
from safetensors.torch import save_file


def tensors():
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    state = collections.OrderedDict()
    state["linear.weight"] = base[:2, :3].contiguous()
    state["linear.bias"] = torch.tensor([0.5, -1.5], dtype=torch.float64)
    state["half"] = torch.tensor([[1.0, -2.0]], dtype=torch.float16)
    state["brain"] = torch.tensor([3.0, 0.25], dtype=torch.bfloat16)
    state["count"] = torch.tensor(7)
    state["bytes"] = torch.tensor([1, 255], dtype=torch.uint8)
    state["small"] = torch.tensor([-1, 2], dtype=torch.int8)
    state["mask"] = torch.tensor([True, False, True])
    state["empty"] = torch.zeros(0, 3)
    return base, state


base, state = tensors()
save_file(dict(state), "plain.safetensors")
torch.save(state, "plain.pt")

# Views of one storage: a transpose, a strided slice, an expanded row, the same tensor twice.
views = {"base": base, "t": base.t(), "column": base[1:, ::2], "row": base[0].expand(3, 6), "again": base}
torch.save(views, "views.pt")

module = torch.nn.Linear(3, 2)
with torch.no_grad():
    module.weight.copy_(base[:2, :3])
    module.bias.zero_()
torch.save({"epoch": 3, "state_dict": module.state_dict(), "args": {"lr": 0.1, "betas": (0.9, 0.999)}}, "wrapped.pt")
torch.save({"model": {"module." + k: torch.nn.Parameter(v) for k, v in module.state_dict().items()}}, "parallel.pth")
torch.save({"model": module.state_dict(), "net": module.state_dict()}, "two.pt")
torch.save(module.state_dict(), "protocol4.pt", pickle_protocol=4)
torch.save({"wide": torch.tensor([1, 65535], dtype=torch.uint16)}, "untyped.pt")
torch.save(module.state_dict(), "legacy.pt", _use_new_zipfile_serialization=False)
torch.save({"w": base, "args": argparse.Namespace(lr=0.1)}, "namespace.pt")
torch.save(module, "module.pt")

# What training scripts keep beside the weights.
counts = collections.defaultdict(list, seen=[1])
beside = {
    "args": argparse.Namespace(lr=0.1, out=pathlib.PurePosixPath("runs")),
    "best": np.float64(0.7),
    "losses": np.arange(3.0),
    "at": datetime.datetime(2024, 1, 2),
    "plain": [{1, 2}, frozenset([3]), 1 + 2j, range(3), slice(1, 2), bytearray(b"ab"), 10**30, None, True],
    "torch": [torch.Size([1, 2]), torch.float32, torch.device("cpu")],
    "many": [counts, collections.Counter("aab"), collections.deque([1])],
    (1, 2): 3,
}
for protocol in (2, 4):
    torch.save({"state_dict": module.state_dict(), **beside}, f"training{protocol}.pt", pickle_protocol=protocol)
torch.save({"generator": module.state_dict(), "epoch": 3}, "named.pt")
torch.save({"w": torch.zeros(2, dtype=torch.complex64)}, "complex.pt")


class Evil:
    def __reduce__(self):
        import os

        return os.system, ("touch executed",)


torch.save({"w": Evil()}, "evil.pt")
torch.save([base], "list.pt")
