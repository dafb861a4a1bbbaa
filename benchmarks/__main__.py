"""Run all benchmarks but that of the full size, the table last: `python benchmarks`."""

import subprocess
import sys
from pathlib import Path

scripts = set(Path(__file__).parent.glob("[!_]*.py")) - {Path(__file__).with_name("full_size.py")}
for script in sorted(scripts, key=lambda script: (script.stem == "table", script)):
    print(script.name, flush=True)
    if code := subprocess.run([sys.executable, script]).returncode:
        sys.exit(code)
