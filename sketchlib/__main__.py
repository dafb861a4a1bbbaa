"""All commands of the project, for any system and shell: `python -m sketchlib run`.

On a fresh computer the first of them sets everything up. The Makefile only passes on to here.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import subprocess
import sys

from sketchlib.commands import environment
from sketchlib.commands.environment import ROOT

LAB = ["--ServerApp.root_dir=.", "--FileContentsManager.preferred_dir=notebooks"]
# JupyterLab would ask elsewhere for news and newer versions.
LAB += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.news_url=None"]
# By name: what it does, the module it needs and the extra that brings it, what Python is given.
COMMANDS = {
    "setup": ("create .venv with everything in it (2.2 GB)", "", "", ["-c", ""]),
    "run": (
        "run all notebooks on the embedded doodles; or `run quickdraw`, on real drawings",
        *("tensorflow", "train", ["-m", "sketchlib.run"]),
    ),
    "test": ("run the tests", "pytest", "test", ["-m", "pytest"]),
    "lab": (
        "open the notebooks in JupyterLab",
        *("jupyterlab", "lab", ["-m", "jupyterlab", "--ip=127.0.0.1", *LAB]),
    ),
    "app": (
        "serve the drawing pad as a web page: --host 0.0.0.0 --token WORD for other computers",
        *("voila", "app", ["-m", "sketchlib.commands.webpage"]),
    ),
    "data": (
        "download real drawings, some 160 MB: --count 1000 --classes all",
        *("requests", "train", ["-m", "sketchlib.records.downloads", "drawings"]),
    ),
    "archive": (
        "download the tutorial's 3,795,000 sketches, 1.07 GB",
        *("requests", "train", ["-m", "sketchlib.records.downloads", "archive"]),
    ),
    "verify": (
        "check every record of a data set: `verify data/tfrecords/sample`",
        *("tensorflow", "train", ["-m", "sketchlib.records.tfrecords", "verify"]),
    ),
    "evaluate": (
        "tell the top-k accuracy of a model folder on a data set",
        *("tensorflow", "train", ["-m", "sketchlib.model.tested"]),
    ),
    "compare": (
        "train variants side by side, for hours: `compare augmentation`",
        *("tensorflow", "train", ["-m", "sketchlib.experiments.comparison"]),
    ),
    "lint": (
        "check style, types, and that notebooks are committed without outputs",
        *("pytest", "test", ["-m", "pytest", "-q", "tests/test_hygiene.py"]),
    ),
    "bench": ("print speeds side by side", "tensorflow", "train", ["benchmarks"]),
    "torture": (
        "kill, interrupt, damage and crowd everything, for half an hour, and count what is lost",
        *("pytest", "test", ["tests/torture"]),
    ),
    "doctor": ("print what a bug report needs, and what is wrong here", "", "", []),
    "lock": (
        "choose the newest versions, for requirements.lock",
        *("", "", ["-m", "sketchlib.commands.lock"]),
    ),
    "audit": (
        "ask which of the locked packages have known vulnerabilities",
        *("", "", ["-m", "sketchlib.commands.audit"]),
    ),
    "clean": ("delete .venv, caches and the sample's files; all else stays", "", "", []),
}
CACHES = (".pytest_cache", ".ruff_cache", ".mypy_cache")
MADE = {  # by `run`; whatever else lies there is somebody's
    "data/tfrecords/sample": ("training.tfrecord*", "eval.tfrecord*"),
    "data/runs/sample/model": ("model.*", "prototypes.npz", "confidence.npz", "README.md"),
    "data/runs/sample": (
        *("0[1-5]_*.ipynb", "model.keras", "prototypes.npz", "history.csv", "kernels.log"),
        *("settings.json", "training.json", "metrics.json", "report.png"),
    ),
}


def main(arguments: list[str]) -> int:
    """Do a command, and return its exit code."""
    name, *rest = arguments or ["help"]
    os.environ.setdefault("PYTHONUTF8", "1")  # elsewhere than on Windows it is so anyway
    if name == "doctor":  # whatever is wrong, also before anything is set up
        from sketchlib.commands import doctor

        return doctor.main()
    if name == "clean":
        return clean()
    if name not in COMMANDS:
        print(help_text())
        return 0 if name in ("help", "-h", "--help") else 2
    _, module, extra, start = COMMANDS[name]
    python = environment.python()
    if python == sys.executable and module and not importlib.util.find_spec(module):
        return sys.exit(
            f"This environment has no {module}: {python} -m pip install -e {ROOT}[{extra}]"
        )
    return execute([python, *start, *rest])


def help_text() -> str:
    """Return the list of commands."""
    lines = [f"  {name:9} {summary}" for name, (summary, *_) in COMMANDS.items()]
    return "\n".join(["Recognise what people draw, while they draw it. Commands:", *lines])


def execute(command: list[str]) -> int:
    """Go on as another program, in the project's folder."""
    sys.stdout.flush()
    os.chdir(ROOT)
    if os.name == "posix":  # takes this process's place, so that signals reach it
        os.execv(command[0], command)
    with subprocess.Popen(command) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:  # the program was told as well, and ends in its own way
                continue


def clean() -> int:
    """Delete what the commands made and can make again."""
    ours = [environment.VENV] if environment.is_ours() else []
    caches = [*(ROOT / name for name in CACHES), *ROOT.glob("*.egg-info")]
    checkpoints = ROOT.glob("data/runs/sample/checkpoint-*")  # of a training under way
    for folder in [*ours, *caches, *checkpoints, *ROOT.rglob("__pycache__")]:
        shutil.rmtree(folder, ignore_errors=True)
    for name, patterns in MADE.items():
        for pattern in patterns:
            for file in (ROOT / name).glob(pattern):
                file.unlink()
        with contextlib.suppress(OSError):  # something is left in it, or it was never there
            (ROOT / name).rmdir()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
