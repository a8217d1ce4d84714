"""Times an ONNX model in ONNX Runtime, one thread: `peer.py MODEL CASES.npz RESULTS.npz`. Writes
{"cases": [median nanoseconds], "load_ns", "peak_bytes"} to stdout, and the results as a file of cases."""

import json
import statistics
import sys
import time

import numpy as np
import onnxruntime


def memory_bytes(field):
    """What the kernel says is resident: now (`VmRSS`), or at most so far (`VmHWM`)."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(field))


def measure(run):
    run()
    times = []
    end = time.perf_counter_ns() + 300_000_000
    while len(times) < 5 or time.perf_counter_ns() < end:
        start = time.perf_counter_ns()
        run()
        times.append(time.perf_counter_ns() - start)
    return statistics.median(times)


model, cases_file, results_file = sys.argv[1:]
cases = np.load(cases_file)
inputs = {}
for member in cases.files:
    number, kind, *name = member.split(".", 2)
    if kind == "in":
        inputs.setdefault(int(number), {})[name[0]] = cases[member]

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
options.log_severity_level = 3
before = memory_bytes("VmRSS")
start = time.perf_counter_ns()
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
load = time.perf_counter_ns() - start

medians, results = [], {}
for number in sorted(inputs):
    given = inputs[number]
    for k, value in enumerate(session.run(None, given)):
        results[f"{number}.out.{k}"] = value
    for name, value in given.items():
        results[f"{number}.in.{name}"] = value
    medians.append(measure(lambda: session.run(None, given)))
np.savez(results_file, **results)
json.dump({"cases": medians, "load_ns": load, "peak_bytes": memory_bytes("VmHWM") - before}, sys.stdout)
