"""Run all benchmarks one after the other: `python benchmarks`."""

import subprocess
import sys
from pathlib import Path

for script in sorted(Path(__file__).parent.glob("[!_]*.py")):
    print(script.name, flush=True)
    if code := subprocess.run([sys.executable, script]).returncode:
        sys.exit(code)
