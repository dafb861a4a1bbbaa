"""Run the numbered notebooks in order under papermill, with one config file for all of them.

`python -m sketchlib run sample epochs=3 run=data/runs/short`
"""

import argparse
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import papermill
import yaml
from papermill.exceptions import PapermillExecutionError

from sketchlib._shared.quiet import quiet
from sketchlib.model import run_folder
from sketchlib.settings import ROOT, Settings

FOLDER = ROOT / "notebooks"


def read_config(path: str | Path, changes: Sequence[str] = ()) -> dict[str, Any]:
    """Return a config file's parameters, with changes written as `name=value`.

    path: the file, or the name of one in notebooks/configs, as `sample`. Raises ValueError that
    names an unknown or impossible parameter.
    """
    path = named(path, FOLDER / "configs")
    if not path.is_file():
        raise FileNotFoundError(f"there is no config file {path}; notebooks/configs has some")
    config = _yaml(path.read_bytes(), path) or {}
    if not isinstance(config, dict):
        raise ValueError(f"{path} holds no parameters: write one `name: value` a line")
    for change in changes:
        name, _, value = change.partition("=")
        config[name] = _yaml(value, change)
    try:
        Settings(**config)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return config


def _yaml(text: str | bytes, where: str | Path) -> Any:
    """Return what YAML says; ValueError names where it says nothing."""
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        fault = " ".join(str(getattr(error, "problem", None) or error).split())
        raise ValueError(
            f"{str(where)[:200]} is no YAML: {fault}; lists are written as [cat, dog]"
        ) from None


def named(path: str | Path, folder: Path) -> Path:
    """Return the path of a YAML file, which may be given as the mere name of one in a folder."""
    return Path(path) if Path(path).suffix else folder / f"{path}.yaml"


def run(config: dict[str, Any]) -> Path:
    """Execute the numbered notebooks and leave the executed copies in the run folder, returned."""
    folder = Settings(**config).path("run")
    notebooks = sorted(FOLDER.glob("0*.ipynb"))
    for step, notebook in enumerate(notebooks, 1):
        print(f"{step}/{len(notebooks)}  {notebook.stem:16}", end="", flush=True)
        start = time.monotonic()
        execute(notebook, config, folder)
        print(f"{time.monotonic() - start:5.0f} s", flush=True)
    return folder


def execute(notebook: Path, config: dict[str, Any], folder: Path) -> None:
    """Execute a notebook with a config's parameters, and leave the executed copy in a folder.

    Raises FileExistsError where a notebook of that name is there which was not executed so.
    """
    copy = folder / notebook.name
    if copy.exists() and '"papermill"' not in copy.read_text("utf-8", errors="replace"):
        raise FileExistsError(
            f"{copy} is a notebook of yours and would be replaced: name another folder as run"
        )
    folder.mkdir(parents=True, exist_ok=True)
    logging.getLogger("papermill").setLevel(logging.ERROR)  # any notebook takes any parameter
    with quiet(folder / "kernels.log"):  # they greet, too
        papermill.execute_notebook(notebook, copy, config, cwd=FOLDER, progress_bar=False)


def summary(folder: Path) -> str:
    """Say what a run reached, where it is to be seen, and what to do next."""
    told = run_folder.read_metrics(folder)
    assert told is not None  # notebook 04 has written them
    metrics, settings = told["cropped"], run_folder.read_settings(folder)
    top = metrics["top_k_accuracy"]
    k = min(5, len(top))  # there may be fewer classes
    return (
        f"\nTop-1 accuracy {top['1']:.1%}, top-{k} {top[str(k)]:.1%} on "
        f"{metrics['sketches']:,} test sketches the model never saw ({settings.data_credit()}).\n"
        f"Look at {folder / 'report.png'}: how it learned, and what it says to new drawings.\n"
        "The executed notebooks and the model are beside it.\n"
        "Next: `make lab` opens the notebooks, `make app` the drawing pad, "
        "`make data` fetches real drawings."
    )


def main() -> None:
    """Run the notebooks from the command line."""
    parser = argparse.ArgumentParser(description="Run all notebooks with one config file.")
    parser.add_argument(
        "config", nargs="?", default="sample", help="a name in notebooks/configs, or a YAML file"
    )
    parser.add_argument("changes", nargs="*", metavar="name=value", help="other parameters")
    options = parser.parse_args()
    try:
        print(summary(run(read_config(options.config, options.changes))))
    except PapermillExecutionError as error:
        sys.exit(f"{error.ename}: {error.evalue}")
    except (OSError, ValueError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
