"""Makes torch_ops.json and torch_ops.npz, the outside truth for the operator table, with real PyTorch (see ../golden.py).

    python tests/ops/make.py        # with torch, torchvision and einops

torch_ops.json is a list of {"name", "code", "build", "inputs": [{"name", "type"}], "state": [...], "outputs": N}. `code` is
Python source, to be read after `import math`, `import torch`, `import torch.nn as nn` and
`import torch.nn.functional as F`; it defines what `build` names: a function `f` or a module class `M` whose layer is
`self.m`. torch_ops.npz holds NAME.in.ARGUMENT, NAME.out.K (flattened) and, for modules, NAME.state.KEY.
The tables are in entries.py; each entry draws from a generator seeded by its own name, so that a new one changes
no other.
"""

import json
import math
import pathlib
import sys
import warnings
import zlib

import numpy as np
import torch

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from golden import flatten  # noqa: E402
import entries  # noqa: E402

TYPES = {"float32": "f32", "float64": "f64", "float16": "f16", "int64": "i64", "int32": "i32", "int16": "i16",
         "int8": "i8", "uint8": "u8", "bool": "bool"}


def source(arguments, body, layer):
    """The text of a function, or of a module around one layer (the last line; those before it are imports)."""
    lines = body.strip().splitlines()
    if len(lines) == 1 and not lines[0].startswith("return"):
        lines = ["return " + lines[0]]
    if layer is None:
        return "\n".join([f"def f({arguments}):"] + ["    " + line for line in lines])
    *imports, layer = layer.splitlines()
    return "\n".join(imports + ["class M(nn.Module):", "    def __init__(self):", "        super().__init__()",
                      f"        self.m = {layer}", "", f"    def forward(self, {arguments}):"]
                     + ["        " + line for line in lines])


def make(name, layer, body, inputs, members):
    seed = zlib.crc32(name.encode())
    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    arrays = {k: np.asarray(v(generator)) if callable(v) else np.asarray(v) for k, v in inputs.items()}
    code = source(", ".join(arrays), body, layer)
    scope = {"math": math, "torch": torch, "nn": torch.nn, "F": torch.nn.functional}
    exec(code, scope)
    state = {}
    if layer is None:
        run, build = scope["f"], "f"
    else:
        run, build = scope["M"]().eval(), "M()"
        for key, value in run.state_dict().items():
            if key.endswith("running_var"):
                value.uniform_(0.5, 2)
            elif value.is_floating_point():
                value.add_(torch.randn_like(value) * 0.2)
            if not key.endswith("num_batches_tracked"):
                state[key] = value.detach().clone().numpy()
    with torch.no_grad():
        outputs = flatten(run(*[torch.from_numpy(a.copy()) for a in arrays.values()]))
    assert outputs, name
    for group, values in (("in", arrays), ("state", state), ("out", dict(enumerate(outputs)))):
        for key, value in values.items():
            members[f"{name}.{group}.{key}"] = value
    return {"name": name, "code": code, "build": build,
            "inputs": [{"name": k, "type": f"{TYPES[str(v.dtype)]}[{','.join(map(str, v.shape))}]"}
                       for k, v in arrays.items()],
            "state": list(state), "outputs": len(outputs)}


def main():
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    members, table, failed = {}, [], 0
    for name, layer, body, inputs in entries.ENTRIES:
        assert name not in {e["name"] for e in table}, f"{name} twice"
        try:
            table.append(make(name, layer, body, inputs, members))
        except Exception as error:
            failed += 1
            print(f"{name}: {type(error).__name__}: {error}")
    (HERE / "torch_ops.json").write_text("[\n" + ",\n".join(json.dumps(e) for e in table) + "\n]\n")
    np.savez_compressed(HERE / "torch_ops.npz", **members)
    print(f"{len(table)} entries, {failed} failed, {(HERE / 'torch_ops.npz').stat().st_size // 1024} KiB")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
