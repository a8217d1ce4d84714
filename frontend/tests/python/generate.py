"""Writes the expected outputs of the programs in this folder, with the CPython that runs it (3.11).

A program whose name begins with `error_` ends with an uncaught exception: its line and message are kept. Programs that
begin with `refused_` run in CPython but not in Braid: their `.err` files are written by hand.
"""

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
