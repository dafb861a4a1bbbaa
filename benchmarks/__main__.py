"""Run all benchmarks one after the other, the table last: `python benchmarks`."""

import subprocess
import sys
from pathlib import Path

scripts = sorted(Path(__file__).parent.glob("[!_]*.py"))
for script in sorted(scripts, key=lambda script: script.stem == "table"):
    print(script.name, flush=True)
    if code := subprocess.run([sys.executable, script]).returncode:
        sys.exit(code)
