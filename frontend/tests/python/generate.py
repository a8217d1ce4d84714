"""Writes the expected outputs of the programs in this folder, with the CPython that runs it (3.11).

A program whose name begins with `error_` ends with an uncaught exception: its line and message are kept. Programs that
begin with `refused_` run in CPython but not in Braid: their `.err` files are written by hand. Programs in `scalars/`
have a function `f(n, i, v, b)` that Braid compiles for numbers known only at run time; here it gets two sets of them.
"""

import contextlib
import importlib
import io
import pathlib
import re
import subprocess
import sys

folder = pathlib.Path(__file__).parent
for path in sorted(folder.glob("*.py")):
    if path.name == "generate.py" or path.name.startswith("refused_"):
        continue
    if not path.name.startswith("error_") and not path.name.startswith("test_"):
        continue
    done = subprocess.run([sys.executable, path.name], cwd=folder, capture_output=True, text=True)
    if path.name.startswith("error_"):
        lines = re.findall(r'File ".*", line (\d+)', done.stderr)
        shown = done.stderr.strip().splitlines()
        start = max(at for at, line in enumerate(shown) if re.match(r"[\w.]+(:|$)", line))
        message = " ".join(shown[start:])
        path.with_suffix(".err").write_text(f"{lines[-1]}: {message}\n")
    else:
        assert done.returncode == 0, (path.name, done.stderr)
        path.with_suffix(".out").write_text(done.stdout)

SETS = [(4, 3, 2.5, True), (1, -2, -0.75, False)]
sys.path.insert(0, str(folder))
for path in sorted((folder / "scalars").glob("*.py")):
    function = importlib.import_module(f"scalars.{path.stem}").f
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        for values in SETS:
            function(*values)
            print("--")
    path.with_suffix(".out").write_text(written.getvalue())
