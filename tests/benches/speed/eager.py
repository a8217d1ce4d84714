"""Times models in PyTorch eager mode, one thread. Reads a JSON list of subjects from stdin, writes one of
{"name", "cases": [nanoseconds]} to stdout: the median time of each case."""

import importlib
import json
import pathlib
import statistics
import sys
import time

import numpy as np
import torch
from safetensors.torch import load_file

torch.set_num_threads(1)


def load(subject):
    source = pathlib.Path(subject["source"])
    sys.path.insert(0, str(source.parent))
    for name in list(sys.modules):
        # Subjects have files of the same names.
        origin = getattr(sys.modules[name], "__file__", None) or ""
        if subject["fresh"] and "site-packages" not in origin and not origin.startswith(sys.base_prefix):
            if origin.endswith(".py") and name != "__main__":
                del sys.modules[name]
    module = importlib.import_module(source.stem)
    built = eval(subject["build"], vars(module))
    if isinstance(built, torch.nn.Module):
        for file in subject["weights"]:
            built.load_state_dict(load_file(file))
        built.eval()
        entry = getattr(built, subject["entry"] or "forward")
    else:
        entry = built
    statics = {name: eval(value, vars(module)) for name, value in subject["statics"]}
    sys.path.pop(0)
    return entry, statics


def measure(entry, inputs, statics):
    times = []
    end = time.perf_counter_ns() + 200_000_000
    while len(times) < 5 or time.perf_counter_ns() < end:
        start = time.perf_counter_ns()
        entry(*inputs, **statics)
        times.append(time.perf_counter_ns() - start)
    return statistics.median(times)


results = []
for subject in json.load(sys.stdin):
    with torch.no_grad():
        entry, statics = load(subject)
        cases = np.load(subject["cases"])
        medians = []
        for case in subject["measured"]:
            inputs = [torch.from_numpy(cases[f"{case}.in.{name}"]) for name in subject["inputs"]]
            medians.append(measure(entry, inputs, statics))
    results.append({"name": subject["name"], "cases": medians})
json.dump(results, sys.stdout)
