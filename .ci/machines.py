"""Vary the machine: each leg runs a part of the tests as on another computer than this one.

`python .ci/machines.py` does all of them, `python .ci/machines.py light wheels` some. It runs in an
environment that the commands have set up, and ends at the first leg that fails.
"""

import contextlib
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from sketchlib.commands import environment, lock  # noqa: E402

# By the names that uv has for them, the systems that the lock is for.
PLATFORMS = (
    *("x86_64-manylinux_2_28", "aarch64-manylinux_2_28"),
    *("aarch64-apple-darwin", "x86_64-pc-windows-msvc"),
)
MOST_LIGHT = 350_000_000  # bytes of an environment that has the pad and its web page alone


def hardware() -> None:
    """Run what depends on the processor, and all notebooks, without oneDNN or with it, on one core.

    That is the other way than this computer's own.
    """
    code = "from sketchlib.model import hardware; print(hardware.onednn())"
    now = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    other = {"on": "0", "off": "1"}[now.stdout.strip()]
    print(f"TF_ENABLE_ONEDNN_OPTS={other}", flush=True)
    one_core = contextlib.nullcontext()
    if hasattr(os, "sched_setaffinity"):
        one_core = _cores({min(os.sched_getaffinity(0))})
    with one_core:
        _pytest(sys.executable, "-m", "hardware", TF_ENABLE_ONEDNN_OPTS=other)
        with tempfile.TemporaryDirectory() as folder:
            _notebooks(sys.executable, Path(folder), TF_ENABLE_ONEDNN_OPTS=other)


@contextlib.contextmanager
def _cores(some: set[int]) -> Iterator[None]:
    """Use only some of the processor's cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, some)
    yield
    os.sched_setaffinity(0, before)


def pythons() -> None:
    """Run all notebooks with each other Python that is here, and the quick part with the newest."""
    found = _pythons()
    for version, path in found.items():
        if version == sys.version_info[:2]:
            continue
        print(f"Python {version[0]}.{version[1]}", flush=True)
        with _environment(path) as python:
            environment.install(python)
            if version == max(found):
                _pytest(python, "-m", "quick")
            _notebooks(python, Path(python).parents[1])


def lowest() -> None:
    """Run the quick part on the oldest versions that pyproject.toml allows."""
    version, path = min(_pythons().items())
    where = f"--python-version={version[0]}.{version[1]}"
    oldest = lock.compiled("--resolution=lowest-direct", where)
    with _environment(path) as python:
        listed = Path(python).parents[1] / "oldest.txt"
        listed.write_text(oldest, "utf-8")
        _run("uv", "pip", "install", "--quiet", "--python", python, "-r", str(listed))
        project = ("--no-deps", "--no-build-isolation", "-e", str(ROOT))
        _run("uv", "pip", "install", "--quiet", "--python", python, *project)
        _pytest(python, "-m", "quick", "--deselect=tests/test_hygiene.py")


def light() -> None:
    """Serve the pad from an environment with the base and `app` alone, to a real browser."""
    with _environment(sys.executable) as python:
        _run("uv", "pip", "install", "--quiet", "--python", python, "-e", f"{ROOT}[app]")
        absent = "import importlib.util as u; assert not u.find_spec('tensorflow')"
        _run(python, "-c", absent)
        folder = Path(python).parents[1]
        size = sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
        print(f"The pad's environment takes {size / 1e6:.0f} MB.", flush=True)
        assert size <= MOST_LIGHT, f"that is more than {MOST_LIGHT / 1e6:.0f}"
        served = ("tests/browser/test_pad_voila.py", "tests/browser/test_pad_hands.py")
        _pytest(sys.executable, *served, SERVER_PYTHON=python)


def wheels() -> None:
    """See that the lock, and pyproject.toml anew, can be installed on every system and Python."""
    options = ("pip", "compile", "--quiet", "--no-deps", "--no-python-downloads")
    for platform, version in itertools.product(PLATFORMS, environment.PYTHONS):
        start = time.monotonic()
        where = (f"--python-platform={platform}", f"--python-version={version}")
        command = ("uv", *options, "--only-binary=:all:", *where, str(environment.LOCK))
        _run(*command, stdout=subprocess.DEVNULL)
        lock.compiled(*where)
        print(f"{platform:24} {version}  {time.monotonic() - start:.0f} s", flush=True)


def _pythons() -> dict[tuple[int, ...], str]:
    """Return the paths of all fitting Pythons that are here, by version."""
    found = map(environment.facts_of, [[sys.executable], *environment.pythons()])
    fit = [facts for facts in found if facts and not environment.obstacle(facts)]
    return {tuple(facts["version"]): facts["path"] for facts in reversed(fit)}


@contextlib.contextmanager
def _environment(python: str) -> Iterator[str]:
    """Make an empty environment of a Python for a while; gives the path of its own."""
    with tempfile.TemporaryDirectory() as folder:
        _run(python, "-m", "venv", folder)
        yield str(environment.program(Path(folder), "python"))


def _notebooks(python: str, folder: Path, **more: str) -> None:
    """Run all notebooks, with what they write in a folder, and less training than by default."""
    where = [f"dataset={folder / 'tfrecords'}", f"run={folder / 'run'}", "epochs=2"]
    _run(python, "-m", "sketchlib", "run", "sample", *where, more=more)


def _pytest(python: str, *options: str, **more: str) -> None:
    """Run tests; what fails gets a second try, for a machine may be busy, and must pass it.

    One that is skipped has not been run, and fails.
    """
    with tempfile.TemporaryDirectory() as cache:
        command = (python, "-m", "pytest", "-q", "--no-skips", "-o", f"cache_dir={cache}", *options)
        if subprocess.run(command, cwd=ROOT, env=os.environ | more).returncode:
            _run(*command, "--last-failed", "--last-failed-no-failures=none", more=more)


def _run(*command: str, more: dict[str, str] | None = None, **options) -> None:
    """Run a program; ends where it fails."""
    done = subprocess.run(command, cwd=ROOT, env=os.environ | (more or {}), **options)
    if done.returncode:
        sys.exit(f"Failed ({done.returncode}): {' '.join(command)}")


LEGS = {leg.__name__: leg for leg in (light, wheels, lowest, pythons, hardware)}


def main(names: list[str]) -> None:
    """Do some legs, with one uv for all of them."""
    with environment.uv(sys.executable) as uv:
        os.environ["PATH"] = os.pathsep.join([str(Path(*uv).parent), os.environ["PATH"]])
        for name in names or LEGS:
            print(f"\n=== {name}: {LEGS[name].__doc__}", flush=True)
            start = time.monotonic()
            LEGS[name]()
            print(f"=== {name} took {time.monotonic() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
