"""Run the numbered notebooks in order under papermill, with one config file for all of them.

`python -m sketchlib.run sample epochs=3 run=data/runs/short`
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import papermill
import yaml
from papermill.exceptions import PapermillExecutionError

from sketchlib._shared import files
from sketchlib._shared.quiet import quiet
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
    config = yaml.safe_load(path.read_text("utf-8")) or {}
    if not isinstance(config, dict):
        raise ValueError(f"{path} holds no parameters: write one `name: value` a line")
    for change in changes:
        name, _, value = change.partition("=")
        config[name] = yaml.safe_load(value)
    try:
        Settings(**config)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return config


def named(path: str | Path, folder: Path) -> Path:
    """Return the path of a YAML file, which may be given as the mere name of one in a folder."""
    return Path(path) if Path(path).suffix else folder / f"{path}.yaml"


def run(config: dict[str, Any], pattern: str = "0*.ipynb") -> Path:
    """Execute the numbered notebooks and leave the executed copies in the run folder, returned."""
    folder = Settings(**config).path("run")
    folder.mkdir(parents=True, exist_ok=True)
    for notebook in sorted(FOLDER.glob(pattern)):
        known = papermill.inspect_notebook(notebook)
        parameters = {name: value for name, value in config.items() if name in known}
        print(f"{notebook.name} …", flush=True)
        with quiet(folder / "kernels.log"):  # they greet, too
            papermill.execute_notebook(
                notebook, folder / notebook.name, parameters, cwd=FOLDER, progress_bar=False
            )
    return folder


def summary(folder: Path) -> str:
    """Say what a run reached and what to do next."""
    metrics = files.read_json(folder / "metrics.json")["cropped"]
    settings = Settings(**files.read_json(folder / "settings.json"))
    top = metrics["top_k_accuracy"]
    k = min(5, len(top))  # there may be fewer classes
    return (
        f"\nTop-1 accuracy {top['1']:.1%}, top-{k} {top[str(k)]:.1%} on "
        f"{metrics['sketches']:,} test sketches the model never saw ({settings.data_credit()}).\n"
        f"The executed notebooks, metrics.json and the model are in {folder}.\n"
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
