"""Makes the weights, the cases and the manifest of the models in this folder with real PyTorch (see ../golden.py).

    python tests/models/make.py [NAME...]      # all models without names; the manifest keeps the others' entries

Each model's random weights are calibrated so that every exit and every gate is taken by some case. A case is kept only
if its path is firm: no comparison of floats closer than the model's margin, and the same path and nearly the same
outputs when the inputs are disturbed. `paths` in the manifest says for each case what was decided: T and F are tensors
asked for a truth value, <n> and . integers and floats taken from a tensor, [n] row counts of nonzero; after the bar,
the number of outputs and those of them that are plain integers or truth values.
"""

import copy
import importlib
import json
import pathlib
import random
import sys

import numpy as np
import torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from golden import flatten, save_cases, watched  # noqa: E402
import recipes  # noqa: E402


def signature(path, outputs):
    """The decisions of a run, how many outputs it had, and those that are plain integers or truth values."""
    told = [str(o.tolist()) for o in outputs if o.dtype.kind in "bi" and o.ndim == 0]
    return f"{path}|{len(outputs)}: " + " ".join(told)


def run(model, recipe, inputs):
    """One call, on a copy: what a call leaves in the module's attributes must not reach the next case."""
    model = copy.deepcopy(model)
    entry = getattr(model, recipe.get("entry", "forward")) if isinstance(model, torch.nn.Module) else model
    tensors = {k: torch.from_numpy(np.asarray(v)) for k, v in inputs.items()}
    statics = {k: eval(v) for k, v in recipe.get("statics", {}).items()}
    if entry == getattr(model, "forward", None):
        entry = model
    names = list(recipe["inputs"])
    result, path, margin = watched(entry, *[tensors[n] for n in names], **statics)
    outputs = flatten(result)
    return outputs, signature(path, outputs), margin


def firm(model, recipe, inputs, outputs, path):
    """Whether small disturbances of the float inputs change neither the path nor the outputs by much."""
    generator = np.random.default_rng(7)
    for _ in range(4):
        noisy = {k: v * (1 + 2e-4 * generator.standard_normal(v.shape)).astype(v.dtype) if v.dtype.kind == "f" else v
                 for k, v in inputs.items()}
        again, noisy_path, _ = run(model, recipe, noisy)
        if noisy_path != path:
            return False
        if not all(np.allclose(a, b, rtol=0.02, atol=0.01) for a, b in zip(outputs, again) if a.dtype.kind == "f"):
            return False
    return True


def choose(model, recipe, pool, wanted):
    """Cases by path, those that must be covered and the rarest first, then more inputs until there are enough."""
    must = tuple(recipe.get("cover", []))
    by_path = {}
    for inputs in pool:
        outputs, path, margin = run(model, recipe, inputs)
        assert all(np.isfinite(o).all() for o in outputs if o.dtype.kind == "f"), "an output is not finite"
        if margin > recipe.get("margin", 1e-3) and firm(model, recipe, inputs, outputs, path):
            by_path.setdefault(path, []).append((inputs, outputs))
    chosen = []
    rank = 0
    while len(chosen) < wanted and any(len(v) > rank for v in by_path.values()):
        for path, cases in sorted(by_path.items(), key=lambda i: (not i[0].startswith(must) if must else 0, len(i[1]))):
            if len(cases) > rank and len(chosen) < max(wanted, len(by_path) if recipe.get("all_paths") else 0):
                chosen.append((path, cases[rank]))
        rank += 1
    return chosen, len(by_path)


def make(recipe):
    name = recipe["name"]
    torch.manual_seed(recipe.get("seed", 0))
    random.seed(recipe.get("seed", 0))
    np.random.seed(recipe.get("seed", 0))
    module = importlib.import_module(recipe.get("source", f"{name}.py")[:-3].replace("/", "."))
    model = eval(recipe["build"], vars(module)).eval()
    with torch.no_grad():
        pool = recipe["prepare"](model)
        calibrated = model.state_dict()
        model = eval(recipe["build"], vars(module)).eval()
        model.load_state_dict(calibrated)
    weights = {k: v.contiguous().clone() for k, v in model.state_dict().items()
               if not k.endswith("num_batches_tracked")}
    chosen, paths = choose(model, recipe, pool, recipe.get("cases", 12))
    assert len(chosen) >= 10 or recipe.get("few"), f"{name}: only {len(chosen)} cases of {paths} paths"
    for decisions in recipe.get("cover", []):
        assert any(path.startswith(decisions) for path, _ in chosen), f"{name}: no case takes {decisions}"
    for gate in range(recipe.get("gates", 0)):
        sides = {path[gate + recipe.get("first_gate", 0)] for path, _ in chosen}
        assert sides == {"T", "F"}, f"{name}: gate {gate} goes one way only"
    save_file(weights, HERE / f"{name}.safetensors")
    (HERE / f"{name}.safetensors").chmod(0o644)
    save_cases(HERE / f"{name}.npz", [case for _, case in chosen])
    sizes = [(HERE / f"{name}{ext}").stat().st_size // 1024 for ext in (".safetensors", ".npz")]
    print(f"{name}: {len(chosen)} cases, {len(set(p for p, _ in chosen))} of {paths} paths, "
          f"weights {sizes[0]} KiB, cases {sizes[1]} KiB")
    if "-v" in sys.argv:
        print("   " + "\n   ".join(path for path, _ in chosen))
    return {
        "name": name,
        "source": recipe.get("source", f"{name}.py"),
        "build": recipe["build"],
        "entry": recipe.get("entry", "forward"),
        "weights": f"{name}.safetensors",
        "inputs": recipe["inputs"],
        "statics": recipe.get("statics", {}),
        "cases": f"{name}.npz",
        "paths": [path for path, _ in chosen],
    }


def main(names):
    torch.set_num_threads(1)
    manifest = HERE / "manifest.json"
    made = {m["name"]: m for m in json.loads(manifest.read_text())} if manifest.exists() else {}
    for recipe in recipes.RECIPES:
        if not names or recipe["name"] in names:
            made[recipe["name"]] = make(recipe)
    entries = [made[r["name"]] for r in recipes.RECIPES if r["name"] in made]
    lines = ",\n".join(json.dumps(entry) for entry in entries)
    manifest.write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main([a for a in sys.argv[1:] if not a.startswith("-")])
