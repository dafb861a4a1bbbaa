"""What a bug report needs, and what is wrong: `make doctor`, `python -m sketchlib doctor`.

It looks at the environment that the commands would run in, but sets nothing up, and needs nothing
that may be broken: only the standard library, with TensorFlow and LiteRT tried in other processes.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from sketchlib.commands import environment

PACKAGES = (
    *("numpy", "ai-edge-litert", "ipycanvas", "ipywidgets", "ipykernel", "ipython"),
    *("jupyterlab", "jupyterlab-widgets", "voila", "matplotlib", "papermill"),
    *("tensorflow", "tensorflow-cpu", "keras", "h5py", "protobuf"),
)
FEATURES = (
    *("avx", "avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16"),
    *("bf16", "asimd"),  # of ARM
)
TENSORFLOW = """
from sketchlib.model import hardware
from sketchlib._shared.backend import keras, tf
gain = f"bfloat16 {hardware.bfloat16_gain():.2f} times as fast as float32"
print(f"{tf.__version__}; oneDNN {hardware.onednn()}; {hardware.device()}; {gain}")
"""
MODEL = """
import time
from sketchlib.predictor import Predictor
predictor = Predictor.load()
house = [[[0, 200, 200, 0, 0], [100, 100, 255, 255, 100]], [[0, 100, 200], [100, 0, 100]]]
house = [list(zip(*stroke)) for stroke in house]
predictor.top_k(house)
start = time.perf_counter()
name, probability = predictor.top_k(house)[0]
print(f"{name}, {probability:.0%}, in {1000 * (time.perf_counter() - start):.1f} ms")
"""
# By the major version of JupyterLab's widget manager: that of the ipywidgets it understands.
UNDERSTANDS = {"3": "7", "4": "7", "5": "8"}


def main() -> int:
    """Print the report of the commands' environment, and return 1 if something is wrong."""
    python = environment.program(environment.VENV, "python")
    if Path(sys.prefix).resolve() != environment.VENV and not environment.is_installed():
        if python.is_file():
            command = [str(python), "-m", "sketchlib.commands.doctor"]
            return subprocess.run(command, cwd=environment.ROOT).returncode
        print("Nothing is set up yet (`make setup` does), so this is about the Python at hand.\n")
    return report()


def report() -> int:
    """Print the report of this Python, and return 1 if something is wrong."""
    tried = {"TensorFlow": _tried(TENSORFLOW), "a house is": _tried(MODEL)}
    facts = {**computer(), "packages": ", ".join(versions()) or "none of this project", **tried}
    for name, fact in facts.items():
        print(f"{name + ':':12} {fact}")
    found = problems(facts)
    print("\nWrong:" if found else "\nNothing is wrong, as far as can be seen from here.")
    for problem in found:
        print(f"- {problem}")
    return 1 if found else 0


def computer() -> dict[str, str]:
    """Return what is known of Python and the computer, by name."""
    name, features = _processor()
    disk = shutil.disk_usage(environment.ROOT).free / 1e9
    libc = " ".join(platform.libc_ver())
    return {
        "Python": f"{platform.python_version()} of {sys.prefix}",
        "system": f"{platform.platform()} {libc}".strip(),
        "processor": f"{name}, {os.cpu_count()} cores; {' '.join(features) or 'features unknown'}",
        "free disk": f"{disk:.0f} GB",
        "environment": ", ".join(
            f"{name}={os.environ[name]}"
            for name in ("CONDA_DEFAULT_ENV", "TF_ENABLE_ONEDNN_OPTS", "CUDA_VISIBLE_DEVICES")
            if name in os.environ
        )
        or "as usual",
    }


def _processor() -> tuple[str, list[str]]:
    """Return the processor's name, and its features that decide what is fast."""
    name, known = platform.processor() or platform.machine(), ""
    if sys.platform == "linux":
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
        told = {key.strip(): value for key, _, value in (line.partition(":") for line in lines)}
        name = told.get("model name", name).strip()
        known = told.get("flags") or told.get("Features") or ""
    elif sys.platform == "darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        name = subprocess.run(command, capture_output=True, encoding="utf-8").stdout.strip() or name
    return name, [feature for feature in FEATURES if feature in known.lower().split()]


def versions() -> list[str]:
    """Return name and version of each package that matters and is installed."""
    return [f"{name} {found}" for name in PACKAGES if (found := version(name))]


def version(package: str) -> str | None:
    """Return the version of an installed package."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _tried(code: str) -> str:
    """Return the last line that some code prints in a process of its own, or how it failed."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=environment.ROOT,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode == 0:
        return done.stdout.strip().splitlines()[-1]
    last = (done.stderr.strip().splitlines() or [""])[-1]
    return f"fails: {last or 'no word of why'} (exit code {done.returncode})"


def problems(facts: dict[str, str]) -> list[str]:
    """Return a sentence for each thing that is wrong, most basic first."""
    this = environment.facts_of([sys.executable])
    found = [environment.obstacle(this) if this else f"{sys.executable} does not run"]
    flavours = [name for name in ("tensorflow", "tensorflow-cpu") if version(name)]
    if len(flavours) > 1:
        found.append(
            "tensorflow and tensorflow-cpu are both installed and overwrite each other: uninstall "
            "both, then install one"
        )
    if facts["a house is"].startswith("fails"):
        found.append(f"The bundled model does not answer: it {facts['a house is']}")
    if facts["TensorFlow"].startswith("fails") and flavours:
        found.append(f"TensorFlow {facts['TensorFlow']}")
    return [sentence for sentence in [*found, *front_end()] if sentence]


def front_end() -> list[str]:
    """Return what does not fit between the widgets of this kernel and the JupyterLabs that show it.

    Those are the one of this environment and the first on the PATH, which may be another's.
    """
    places = {Path(sys.prefix)}
    if found := shutil.which("jupyter-lab"):
        places.add(Path(found).resolve().parents[1])
    return [
        problem
        for place in sorted(places)
        if (place / "share" / "jupyter" / "lab").is_dir()
        for problem in (_canvas(place), _widgets(place))
        if problem
    ]


def _extension(place: Path, name: str) -> str | None:
    """Return the version of a JupyterLab extension that an environment has."""
    file = place / "share" / "jupyter" / "labextensions" / name / "package.json"
    return json.loads(file.read_text("utf-8"))["version"] if file.is_file() else None


def _canvas(place: Path) -> str | None:
    kernel, shown = version("ipycanvas"), _extension(place, "ipycanvas")
    if not kernel:
        return "The pad needs ipycanvas, which is not installed"
    if not shown:
        return f"The JupyterLab of {place} can't show the pad: install ipycanvas {kernel} there too"
    if kernel.split(".")[:2] != shown.split(".")[:2]:
        where = f"{shown} in the JupyterLab of {place}"
        return f"ipycanvas is {kernel} here, but {where}: install {kernel} there too"
    return None


def _widgets(place: Path) -> str | None:
    kernel, shown = version("ipywidgets"), _extension(place, "@jupyter-widgets/jupyterlab-manager")
    if not kernel:
        return "The pad needs ipywidgets, which is not installed"
    if not shown:
        return f"The JupyterLab of {place} shows no widgets: install ipywidgets {kernel} there too"
    if UNDERSTANDS.get(shown.split(".")[0]) != kernel.split(".")[0]:
        return (
            f"ipywidgets is {kernel} here, but the widget manager {shown} in the JupyterLab of "
            f"{place} is for another one: install ipywidgets {kernel} there too"
        )
    return None


if __name__ == "__main__":
    sys.exit(report())
