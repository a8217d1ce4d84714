"""Checks and measures the programs of this folder on a GPU: `python3 measure.py FOLDER DEVICE [--bench] [--compile] [NAME ...]`.

Every program is checked first; what fails is listed, and the exit code is 1. With `--bench`, and PyTorch with CUDA there, a table
follows: time on the device, the floor (bytes over bandwidth or operations over peak, whichever takes longer), and PyTorch eager
(`--compile`: torch.compile, too) beside it."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

FOLDER, DEVICE = sys.argv[1], sys.argv[2]
FLAGS = {a for a in sys.argv[3:] if a.startswith("--")}
NAMES = [a for a in sys.argv[3:] if not a.startswith("--")]
LIST = json.load(open(os.path.join(FOLDER, "list.json")))
# No program here takes so long, in seconds, unless it never ends.
LIMIT = 120
UNITS = {"ns": 1e-3, "µs": 1.0, "ms": 1e3, "s": 1e6}
failures = []


def at(name):
    return os.path.join(FOLDER, name)


def wanted(name):
    return not NAMES or any(part in name for part in NAMES)


def run(command, name, cases, *more):
    """The output of a command of braid-run on a program."""
    words = [at("braid-run"), command, at(name + ".braid"), "--cases", cases, "--device", DEVICE, *more]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return 1, f"error: no end within {LIMIT} s"
    return done.returncode, done.stdout + done.stderr


def check(name, cases, *more):
    code, text = run("check", name, cases, *more)
    last = text.strip().splitlines()[-1] if text.strip() else "no output"
    if code != 0:
        failures.append(name)
        wrong = next((line for line in text.splitlines() if "MISMATCH" in line or "error" in line), last)
        print(f"{name:16} FAILED: {wrong[:200]}", flush=True)
    return last


def microseconds(text):
    value, unit = text.split()
    return float(value) * UNITS[unit]


def kernels(name, cases):
    """Launches a case; in microseconds a case their time in all, each alone, the time as a graph on the device, the floor, and
    that of a case from the CPU and back."""
    code, text = run("bench", name, cases, "--time", "20", "--kernels")
    total = re.search(r"(\d+) launches in (\d+) cases, (.*)", text)
    if code != 0 or total is None:
        print(text)
        return None
    launches, count, spent = int(total[1]), int(total[2]), microseconds(total[3])
    floor = 0.0
    for line in text.splitlines():
        row = re.match(r"kernel_\w+ +(\d+) +[\d.]+ \S+ +[\d.]+ \S+ +\d+ +([\d.]+ \S+)$", line)
        if row:
            floor += int(row[1]) * microseconds(row[2])
    graphs = re.search(r"^(\d+) cases as graphs, .* on the device, (.*)$", text, re.M)
    graph = microseconds(graphs[2]) / int(graphs[1]) if graphs else float("nan")
    return launches / count, spent / count, graph, floor / count, wall(text)


def wall(text):
    """The median of all cases' times in what `bench` prints, in microseconds."""
    times = sorted(microseconds(m[1]) for m in re.finditer(r"^\d+ +\d+ +([\d.]+ \S+) +[\d.]+ \S+$", text, re.M))
    return times[len(times) // 2] if times else float("nan")


def on_device(run_it, *inputs):
    """Time on the device in microseconds: the mean of many runs between two events."""
    import torch

    for _ in range(5):
        run_it(*inputs)
    torch.cuda.synchronize()
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    begin.record()
    for _ in range(50):
        run_it(*inputs)
    end.record()
    torch.cuda.synchronize()
    return begin.elapsed_time(end) * 1e3 / 50


def peaks():
    """Operations a microsecond of the largest matrix products that PyTorch makes, by type."""
    import torch

    found = {}
    for dtype, size in [(torch.float32, 4096), (torch.float16, 8192), (torch.bfloat16, 8192)]:
        a, b = (torch.randn(size, size, dtype=dtype, device="cuda") for _ in range(2))
        found[dtype] = 2 * size**3 / on_device(torch.matmul, a, b)
    return found


def operations(function, inputs):
    """Operations of all matrix products, convolutions and attentions."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        function(*inputs)
    return counter.get_total_flops()


def plain(tensor):
    """As NumPy has it; NumPy has no bfloat16, and its file holds bare words of two bytes."""
    import torch

    tensor = tensor.detach().cpu()
    return tensor.view(torch.int16).numpy().view("V2") if tensor.dtype == torch.bfloat16 else tensor.numpy()


def micro():
    import numpy
    import torch

    sys.path.insert(0, FOLDER)
    import micro as functions

    torch.set_default_device("cpu")
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    peak = peaks() if "--bench" in FLAGS else {}
    for dtype, rate in peak.items():
        print(f"peak of {str(dtype).removeprefix('torch.')}: {rate / 1e6:.1f} TFLOP/s")
    print(f"{'operation':14} {'launches':>8} {'alone µs':>9} {'braid µs':>9} {'floor µs':>9} {'eager µs':>9} {'compile µs':>10}")
    for entry in LIST["micro"]:
        name = entry["name"]
        if not wanted(name):
            continue
        random, arrays = numpy.random.default_rng(0), {}
        for text in entry["inputs"]:
            argument, dtype, dims = re.match(r"(\w+)=(\w+)\[(.*)\]", text).groups()
            shape = [int(d) for d in dims.split(",")]
            scale = 1.0 if argument in "xyabqkv" else shape[0] ** -0.5
            value = torch.tensor(random.standard_normal(shape) * scale)
            arrays[argument] = value.to({"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}[dtype])
        inputs = [value.cuda() for value in arrays.values()]
        function = getattr(functions, entry["function"])
        expected = function(*inputs)
        low = expected.dtype != torch.float32
        with tempfile.TemporaryDirectory() as scratch:
            cases = os.path.join(scratch, "cases.npz")
            # The second run of a program is a graph.
            members = {f"{n}.in.{key}": plain(value) for key, value in arrays.items() for n in range(2)}
            numpy.savez(cases, **members, **{f"{n}.out.0": plain(expected) for n in range(2)})
            check(name, cases, *(["--rtol", "2e-2", "--atol", "2e-2"] if low else ["--atol", "1e-3"]))
            ours = kernels(name, cases) if "--bench" in FLAGS else None
        if ours:
            eager = on_device(function, *inputs)
            compiled = on_device(torch.compile(function), *inputs) if "--compile" in FLAGS else float("nan")
            launches, spent, graph, floor, _ = ours
            if inputs[0].dtype in peak:
                floor = max(floor, operations(function, inputs) / peak[inputs[0].dtype])
            times = f"{spent:9.1f} {graph:9.1f} {floor:9.1f} {eager:9.1f} {compiled:10.1f}"
            print(f"{name:14} {launches:8.0f} {times}", flush=True)


def torch_model(model):
    """PyTorch eager on the GPU, inputs from and results to the CPU: the median of a case, in microseconds, over all cases."""
    import numpy
    import torch
    from safetensors.torch import load_file

    folder = os.environ.get("BRAID_MODELS")
    if folder is None:
        return float("nan")
    sys.path.insert(0, folder)
    module = {"__name__": "model"}
    exec(compile(open(os.path.join(folder, model["source"])).read(), model["source"], "exec"), module)
    network = eval(model["build"], module).eval()
    weights = os.path.join(folder, model["name"] + ".safetensors")
    network.load_state_dict(load_file(weights), strict=False)
    network = network.cuda()
    cases = numpy.load(at(model["name"] + ".npz"))
    numbers = sorted({int(key.split(".")[0]) for key in cases.files})
    statics = {key: eval(value, module) for key, value in model["statics"]}
    times = []
    with torch.no_grad():
        for turn in range(3):
            for number in numbers:
                inputs = [torch.from_numpy(cases[f"{number}.in.{name}"]).cpu() for name in model["inputs"]]
                start = time.perf_counter()
                # Some sources make tensors on the default device.
                with torch.device("cuda"):
                    getattr(network, model["entry"])(*[value.cuda() for value in inputs], **statics)
                torch.cuda.synchronize()
                if turn:
                    times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2] * 1e6


def models():
    bench = "--bench" in FLAGS
    if bench:
        print(f"{'model':16} {'launches':>8} {'kernels µs':>10} {'graph µs':>9} {'case µs':>9} {'host µs':>9} {'eager µs':>9}")
    for model in LIST["models"]:
        name = model["name"]
        if not wanted(name):
            continue
        agree = check(name, at(name + ".npz"))
        ours = kernels(name, at(name + ".npz")) if bench else None
        if ours:
            launches, spent, graph, _, case = ours
            # Runs with a limit are never graphs: the host decides every step.
            host = wall(run("bench", name, at(name + ".npz"), "--time", "20", "--max-steps", "1000000000")[1])
            try:
                eager = torch_model(model)
            except Exception as error:
                print(name, "in PyTorch:", repr(error)[:120])
                eager = float("nan")
            print(f"{name:16} {launches:8.1f} {spent:10.1f} {graph:9.1f} {case:9.1f} {host:9.1f} {eager:9.1f}", flush=True)
        else:
            print(f"{name:16} {agree}", flush=True)


def nets():
    chosen = [name for name in LIST["nets"] if wanted(name)]
    one = lambda name: check(name, at(name + ".npz"), "--rtol", "1e-3", "--atol", "1e-3").startswith("3 of 3")
    with ThreadPoolExecutor(8) as pool:
        right = sum(pool.map(one, chosen))
    print(f"random nets: {right} of {len(chosen)} agree", flush=True)


os.chmod(at("braid-run"), 0o755)
if LIST["models"]:
    first = LIST["models"][0]["name"]
    words = run("check", first, at(first + ".npz"))[1]
    if f"device {DEVICE}: " in words:
        sys.exit(words.strip().splitlines()[0])
models()
nets()
try:
    import torch

    there = torch.cuda.is_available()
except ImportError:
    there = False
if there:
    micro()
else:
    print("skipped: operations and layers: PyTorch with CUDA makes their expected results")
print(f"{len(failures)} programs failed{': ' if failures else ''}{' '.join(failures)}")
sys.exit(1 if failures else 0)
