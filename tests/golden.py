"""What the three golden makers share: the cases layout, case selection and the watch over decisions.

Nothing of Braid needs this file or torch; it only records how the committed values were made. To make them again:

    python3 -m venv venv && venv/bin/pip install torch numpy safetensors einops
    venv/bin/python tests/models/make.py
    venv/bin/python tests/constructs/make.py
    venv/bin/python tests/ops/make.py
"""

import numpy as np
import torch
from torch.overrides import TorchFunctionMode


def flatten(value):
    """The result of an entry in the order of the cases layout: nested containers flattened, None dropped."""
    if value is None:
        return []
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in flatten(item)]
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in flatten(item)]
    if isinstance(value, torch.Tensor):
        return [value.detach().cpu().contiguous().numpy()]
    if isinstance(value, bool):
        return [np.array(value)]
    if isinstance(value, int):
        return [np.array(value, dtype=np.int64)]
    if isinstance(value, float):
        return [np.array(value, dtype=np.float64)]
    if isinstance(value, (np.ndarray, np.generic)):
        return [np.asarray(value)]
    raise TypeError(f"an entry cannot return {type(value).__name__}")


class Watch(TorchFunctionMode):
    """Records each decision that Python takes from a tensor, and how near each comparison of floats came to a tie."""

    COMPARISONS = {"gt", "lt", "ge", "le", "__gt__", "__lt__", "__ge__", "__le__"}
    RANKINGS = {"argmax", "max", "topk", "sort", "argsort"}

    def __init__(self):
        super().__init__()
        self.path = ""
        self.margin = float("inf")

    def near(self, gap):
        """Notes differences that are not ties."""
        gap = gap[(gap != 0) & ~gap.isnan()]
        if gap.numel():
            self.margin = min(self.margin, gap.abs().min().item())

    def ranking(self, name, args, kwargs):
        """Notes the gaps that decide which indices are answered; a plain maximum answers none."""
        key = "k" if name == "topk" else "dim"
        given = kwargs.get(key, args[1] if len(args) > 1 else None)
        if not isinstance(given, int):
            if name == "max" or name == "topk":
                return
            given = -1 if name in ("sort", "argsort") else None
        dim = kwargs.get("dim", -1) if name == "topk" else given
        ranked = args[0].reshape(-1) if dim is None else args[0].movedim(dim, -1)
        best = {"argmax": 2, "max": 2, "topk": given + 1 if name == "topk" else 0}.get(name, ranked.shape[-1])
        self.near(ranked.sort(-1, descending=True).values[..., :best].diff(dim=-1))

    def __torch_function__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        name = getattr(func, "__name__", "")
        with torch._C.DisableTorchFunction():
            if name in self.COMPARISONS:
                left, right = (torch.as_tensor(a) for a in args[:2])
                if left.is_floating_point() or right.is_floating_point():
                    # A tie of whole numbers is one by construction (counters, saturated sums); any other is chance,
                    # and calibration puts a threshold right onto its median case.
                    gap = (left - right).double()
                    if ((gap == 0) & (left.double() % 1 != 0)).any():
                        self.margin = 0.0
                    self.near(gap)
            elif name in self.RANKINGS and isinstance(args[0], torch.Tensor) and args[0].is_floating_point():
                self.ranking(name, args, kwargs or {})
            elif name == "__bool__":
                self.path += "TF"[not result]
            elif name in ("__int__", "__index__", "item", "__float__"):
                self.path += f"<{result}>" if isinstance(result, int) else "."
            elif name in ("nonzero", "where") and not isinstance(result, torch.Tensor):
                self.path += f"[{len(result[0])}]"
            elif name == "nonzero":
                self.path += f"[{len(result)}]"
        return result


def watched(entry, *args, **kwargs):
    """The result of a call, the decisions it took, and the least margin of its comparisons."""
    with torch.no_grad(), Watch() as watch:
        result = entry(*args, **kwargs)
    return result, watch.path, watch.margin


def save_cases(path, cases):
    """Writes [(inputs, outputs or error text)] as an .npz in the cases layout; an error is the bytes of its text."""
    members = {}
    for i, (inputs, outputs) in enumerate(cases):
        for name, value in inputs.items():
            members[f"{i}.in.{name}"] = np.asarray(value)
        if isinstance(outputs, str):
            members[f"{i}.error"] = np.frombuffer(outputs.encode(), dtype=np.uint8)
        else:
            for k, value in enumerate(outputs):
                members[f"{i}.out.{k}"] = value
    np.savez_compressed(path, **members)
