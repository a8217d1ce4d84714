"""Makes <name>.npz beside each construct from its header, with real PyTorch (see ../golden.py).

    python tests/constructs/make.py [NAME...]

A construct's header, comment lines at the head of the file:

    # build: M()                   the expression that yields what is compiled
    # entry: forward               the method (default forward); left out when the build yields a function
    # input: x=f32[4]              one line per tensor argument, in order; a dim may be a name
    # static: n=3                  one line per argument that is a Python value
    # case: x=[1, 2, 3, 4]         one line per case: a Python expression per input, with `np` at hand
    # may-refuse: TEXT           refusing the file with a diagnostic that holds TEXT is as good as the right answer
    # error: TEXT                  the file must be refused; TEXT occurs in the diagnostic (any case of letters)
    # error-line: N                and the diagnostic points at line N of this file, where the line is certain

A file has cases or an error. On a case that raises, the .npz holds `I.in.*` and `I.error`: the bytes of
"ExceptionType: text", as the last line of a Python traceback. Each case runs on a freshly built module. What the
cases of a construct print, one after another, is <name>.printed.
"""

import contextlib
import importlib
import io
import pathlib
import sys
import warnings

import numpy as np
import torch

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from golden import flatten, save_cases, watched  # noqa: E402

DTYPES = {"f32": "float32", "f64": "float64", "i64": "int64", "i32": "int32", "u8": "uint8", "bool": "bool"}


def header(path):
    keys = {}
    for line in path.read_text().splitlines():
        if not line.startswith("# ") or ": " not in line:
            break
        key, _, value = line[2:].partition(": ")
        keys.setdefault(key, []).append(value.strip())
    return keys


def build(name, keys):
    module = importlib.import_module(name)
    built = eval(keys["build"][0], vars(module))
    if isinstance(built, torch.nn.Module):
        built = built.eval()
        entry = keys.get("entry", ["forward"])[0]
        return built if entry == "forward" else getattr(built, entry)
    return built


def inputs_of(keys, case):
    given = eval(f"dict({case})", {"np": np})
    inputs = {}
    for line in keys.get("input", []):
        name, _, spec = line.partition("=")
        dtype, _, dims = spec.rstrip("]").partition("[")
        value = np.array(given.pop(name), dtype=DTYPES[dtype])
        dims = [d for d in dims.split(",") if d]
        assert value.ndim == len(dims), f"{name} has {value.ndim} dims"
        assert all(not d.isdigit() or int(d) == s for d, s in zip(dims, value.shape)), f"{name}: {value.shape}"
        inputs[name] = value
    assert not given, f"no input {list(given)}"
    return inputs


def make(path):
    keys = header(path)
    unknown = set(keys) - {"build", "entry", "input", "static", "case", "may-refuse", "error", "error-line"}
    assert not unknown, f"{path.name}: unknown header {unknown}"
    assert ("case" in keys) != ("error" in keys), f"{path.name}: needs cases or an error"
    assert len(path.read_text().splitlines()) <= 50, f"{path.name} is longer than 50 lines"
    if "error" in keys:
        assert all(line.isdigit() for line in keys.get("error-line", []))
        return 0
    cases = []
    printed = io.StringIO()
    for case in keys["case"]:
        entry = build(path.stem, keys)
        inputs = inputs_of(keys, case)
        tensors = {k: torch.from_numpy(v.copy()) for k, v in inputs.items()}
        statics = {k: eval(v) for k, _, v in (line.partition("=") for line in keys.get("static", []))}
        try:
            with contextlib.redirect_stdout(printed):
                result, _, margin = watched(entry, **tensors, **statics)
            cases.append((inputs, flatten(result)))
            if 0 < margin < 1e-3:  # an exact tie of exact numbers is firm
                print(f"{path.stem}: a comparison is within {margin:.1e} of a tie")
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            print(f"{path.stem}: raises {text}")
            cases.append((inputs, text))
    save_cases(path.with_suffix(".npz"), cases)
    if printed.getvalue():
        path.with_suffix(".printed").write_text(printed.getvalue())
    return len(cases)


def main(names):
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    paths = sorted(p for p in HERE.glob("*.py") if p.name != "make.py" and (not names or p.stem in names))
    count = sum(make(path) for path in paths)
    print(f"{len(paths)} constructs, {count} cases")


if __name__ == "__main__":
    main(sys.argv[1:])
