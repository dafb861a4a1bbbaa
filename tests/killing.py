"""A sudden end, as of a power cut, for the tests of what it leaves behind; on every system."""

import os
import signal
import subprocess
import sys

from little_world import ROOT

# Windows knows no SIGKILL: there os.kill ends a process at once, with the signal as its exit code.
SIGNAL = getattr(signal, "SIGKILL", signal.SIGTERM)
DIED = SIGNAL if os.name == "nt" else -SIGNAL


def die() -> None:
    """End this process at once, so that nothing is closed or tidied up."""
    os.kill(os.getpid(), SIGNAL)


def run_until_it_dies(code: str, *arguments: str | os.PathLike) -> None:
    """Run code that calls `die`, with the tests' modules, in a process of its own."""
    killed = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "tests")},
        capture_output=True,
    )
    assert killed.returncode == DIED, killed.stderr.decode(errors="replace")
