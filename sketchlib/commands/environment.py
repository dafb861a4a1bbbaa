"""Which Python the commands run in: the caller's own, where this project is installed, else .venv.

Only the standard library is used here, and nothing newer than Python 3.8, so that an unfit Python
can say what is missing. `requirements.lock` is installed as it is, with uv where it can be had, or
with pip.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

PROJECT = "quickdraw-sketch-classifier"
ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
UV = "uv>=0.9,<1"
PYTHONS = ["3.13", "3.12", "3.11"]
MACHINES = {
    ("linux", "x86_64"),
    ("linux", "aarch64"),
    ("darwin", "arm64"),
    ("win32", "amd64"),
    ("win32", "arm64"),  # with a Python for x86-64
}
SUPPORTED = "64-bit Linux on x86-64 or aarch64, macOS on Apple silicon, or 64-bit Windows on x86-64"
ROOM = 4_000_000_000  # bytes that the installation takes, downloads included

# What decides whether there is a wheel of every package.
FACTS = """
import json, platform, sys, sysconfig
try: import ensurepip, venv; able = True
except ImportError: able = False
print(json.dumps({"version": list(sys.version_info[:2]), "system": sys.platform,
    "machine": platform.machine().lower(), "platform": sysconfig.get_platform(),
    "bits": 64 if sys.maxsize > 2**32 else 32, "libc": platform.libc_ver(),
    "able": able, "path": sys.executable}))
"""


def python() -> str:
    """Return the path of the Python to run a command with; sets .venv up where that is needed."""
    if Path(sys.prefix).resolve() != VENV and is_installed():
        return sys.executable
    if not is_up_to_date():
        set_up()
    return str(program(VENV, "python"))


def is_installed() -> bool:
    """Whether this Python's environment, of conda's or your own, has this project installed."""
    return any(
        _place(found) == ROOT
        for found in metadata.distributions()
        if (found.metadata["Name"] or "").lower() == PROJECT
    )


def _place(found: metadata.Distribution) -> Path | None:
    """Return the folder that a distribution was installed from with `-e`, if it was."""
    url = json.loads(found.read_text("direct_url.json") or "{}").get("url", "")
    return Path(url2pathname(urlparse(url).path)).resolve() if url.startswith("file:") else None


def is_up_to_date() -> bool:
    """Whether .venv is complete, and of the lock as it is now."""
    return is_ours() and (VENV / "complete").read_text("utf-8") == _stamp()


def _stamp() -> str:
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def is_ours() -> bool:
    """Whether .venv was made here: then it has that file, empty until it is complete."""
    return (VENV / "complete").is_file()


def program(folder: Path, name: str) -> Path:
    """Return the path of a program in an environment."""
    return folder / "Scripts" / f"{name}.exe" if os.name == "nt" else folder / "bin" / name


def set_up() -> None:
    """Make .venv from the lock; one that was there before stays if that fails.

    Ends with a sentence where .venv is somebody else's.
    """
    if VENV.exists() and not is_ours():
        sys.exit(
            f"{VENV} was not made by this project, and is left as it is: move it away, or install "
            f"into it yourself: {program(VENV, 'python')} -m pip install -e {ROOT}[train,lab,app]"
        )
    chosen = fitting_python()
    free = shutil.disk_usage(ROOT).free
    if free < ROOM:
        need = f"needs {ROOM / 1e9:.0f} GB of free disk here, and {free / 1e9:.1f} GB are free"
        sys.exit(f"The installation {need}: make some room.")
    version = ".".join(map(str, chosen["version"]))
    print(f"Setting up .venv with Python {version}: some 700 MB to download, once.", flush=True)
    with _old_kept():
        VENV.mkdir()
        (VENV / "complete").touch()
        if subprocess.run([chosen["path"], "-m", "venv", str(VENV)]).returncode:
            sys.exit(f"{chosen['path']} could not make {VENV}, as told above.")
        install(str(program(VENV, "python")))
        (VENV / "complete").write_text(_stamp(), "utf-8")


@contextlib.contextmanager
def _old_kept() -> Iterator[None]:
    """Move .venv aside; delete it on success, or else move it back."""
    old = VENV.with_name(".venv.old")
    if VENV.exists():
        shutil.rmtree(old, ignore_errors=True)
        VENV.rename(old)
    try:
        yield
    except BaseException:
        shutil.rmtree(VENV, ignore_errors=True)
        if old.exists():
            old.rename(VENV)
        raise
    shutil.rmtree(old, ignore_errors=True)


def install(python: str) -> None:
    """Install the lock, and this project beside it, into the environment of a Python."""
    loud = [] if sys.stderr.isatty() else ["--quiet"]
    with uv(python) as found:
        pip = [python, "-m", "pip", "install", "--disable-pip-version-check", *loud]
        ways = [[*found, "pip", "install", "--python", python, *loud]] if found else []
        if not any(_installed(way) for way in [*ways, pip]):
            sys.exit("The installation failed, as told above; with a way to PyPI, run it again.")


def _installed(way: list[str]) -> bool:
    """Whether the lock and this project could be installed in one way."""
    lock = ["--require-hashes", "-r", str(LOCK)]
    project = ["--no-deps", "--no-build-isolation", "-e", "."]
    return all(subprocess.run([*way, *what], cwd=ROOT).returncode == 0 for what in (lock, project))


@contextlib.contextmanager
def uv(python: str) -> Iterator[list[str]]:
    """Give the command that runs uv, from the PATH or fetched for now; empty if there is none."""
    if found := shutil.which("uv"):
        yield [found]
        return
    with tempfile.TemporaryDirectory() as folder:
        fetch = [python, "-m", "pip", "install", "--quiet", "--target", folder, UV]
        subprocess.run(fetch, capture_output=True)
        yield [str(path) for path in Path(folder).glob("*/uv*") if path.stem == "uv"]


def fitting_python() -> dict:
    """Return facts of a Python that every package has a wheel for: this one, or else another.

    Ends with a sentence where there is none.
    """
    this = getattr(sys, "_base_executable", None) or sys.executable
    found = [facts for facts in map(facts_of, [[this], *pythons()]) if facts]
    for facts in found:
        if not obstacle(facts):
            return facts
    return sys.exit(obstacle(found[0]))


def pythons() -> list[list[str]]:
    """Return commands that may run a fitting Python: on the PATH, the launcher's, or pyenv's."""
    named = [[f"python{version}"] for version in PYTHONS]
    launched = [["py", f"-{version}"] for version in PYTHONS] if os.name == "nt" else []
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    own = [[str(path)] for v in PYTHONS for path in sorted(kept.glob(f"{v}.*/bin/python"))]
    return [*named, *launched, *own]


def facts_of(command: list[str]) -> dict | None:
    """Return what a Python tells of itself; None if there is none that runs."""
    if not shutil.which(command[0]):
        return None
    done = subprocess.run([*command, "-c", FACTS], capture_output=True)
    return json.loads(done.stdout) if done.returncode == 0 else None


def obstacle(facts: dict) -> str | None:
    """Return the sentence that says why a Python can't be used; None if it can."""
    if lacking := _lacking(facts):
        return f"TensorFlow has no wheels for {lacking}. It needs {SUPPORTED}."
    version = ".".join(map(str, facts["version"]))
    if version not in PYTHONS:
        return (
            f"TensorFlow has no wheels for Python {version}, and no Python {', '.join(PYTHONS)} is "
            "on the PATH: python.org has them."
        )
    if not facts["able"]:
        install = f"on Debian or Ubuntu, `sudo apt install python{version}-venv` brings it"
        return f"Python's venv module is missing; {install}."
    return None


def _lacking(facts: dict) -> str | None:
    """Return the kind of computer that a Python is made for, if none of ours."""
    system, machine, (libc, release) = facts["system"], facts["machine"], facts["libc"]
    if facts["bits"] == 32:
        return "a 32-bit Python"
    if system == "darwin" and machine == "x86_64":
        return "Intel Macs (nor for a Python made for those, run by Rosetta)"
    if system == "win32" and facts["platform"] == "win-arm64":
        return "a Python for Windows on ARM (one for x86-64 runs there too, more slowly)"
    if system == "linux" and libc != "glibc":
        return "Linux without glibc, such as Alpine"
    if system == "linux" and tuple(map(int, release.split(".")[:2])) < (2, 28):
        return f"Linux with glibc {release}, older than 2.28 of 2018"
    if (system, machine) not in MACHINES:
        return f"{system} on {machine}"
    return None
