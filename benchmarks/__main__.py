"""Run all benchmarks but that of the full size, the table last: `python benchmarks`."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
scripts = sorted(set(HERE.glob("[!_]*.py")) - {HERE / "full_size.py", HERE / "table.py"})
tables = [[HERE / "table.py"], [HERE / "table.py", "--busy"]]  # with all cores idle, and one busy
for command in [[script] for script in scripts] + tables:
    print(*(Path(part).name for part in command), flush=True)
    if code := subprocess.run([sys.executable, *command]).returncode:
        sys.exit(code)
