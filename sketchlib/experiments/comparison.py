"""Models side by side: train variants with several seeds each, and keep their figures.

`python -m sketchlib compare augmentation` does what that file of notebooks/comparisons says. A
line of results is written for each finished training; what is there already, of the same settings
and be it in another comparison's results beside them, is not done again. So a stopped comparison
goes on where it was.
"""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, as_completed
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from sketchlib._shared import files
from sketchlib.model import evaluation, export, hardware, training
from sketchlib.predictor import Predictor
from sketchlib.records import prepare
from sketchlib.records.processes import check_guarded, pool
from sketchlib.run import named, read_config
from sketchlib.settings import ROOT, Settings

FOLDER = ROOT / "data" / "comparisons"  # results that come with the project
PLANS = ROOT / "notebooks" / "comparisons"
SHARES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]  # of the points drawn
MOST_BEGUN = 2000  # sketches that are cut short in all those ways
FIGURES = {"top_1": "top-1", "top_5": "top-5", "half_top_1": "top-1, half drawn"}
FIGURES |= {"half_top_5": "top-5, half drawn"}  # as a table names them, in per cent


def compare(
    base: Settings,
    variants: Mapping[str, dict[str, Any]],
    seeds: Sequence[int],
    results: Path,
    *,
    executor: Executor | None = None,
    workers: int = 1,
) -> list[dict[str, Any]]:
    """Train and evaluate variants of settings with several seeds; returns their lines of results.

    variants: by name, what each changes of `base`. Runs are trained in folders within base's run,
    which are of this comparison alone, and go when they are evaluated. workers: processes that
    train at the same time, which share the cores; 1 does the work here. executor: any
    concurrent.futures.Executor to use instead, whose processes see the same folders. Raises
    ValueError for impossible settings.
    """
    if executor is None and workers > 1:
        check_guarded()
    chosen = {
        (name, seed): base.changed(
            **changes,
            seed=seed,
            run=str(base.path("run") / f"{results.stem}-{name}-{seed}".replace(" ", "-")),
        )
        for seed in seeds  # all variants with the first seed come first
        for name, changes in variants.items()
    }
    courses = {key: settings.fingerprint() for key, settings in chosen.items()}
    if not (base.path("dataset") / "eval.tfrecord.classes").is_file():
        prepare.build(base)
    own = {(line["variant"], line["settings"]): line for line in read(results)}

    def keep(found: dict[str, Any]) -> None:
        """Write a line for each variant and seed that this course is of."""
        for (name, seed), course in courses.items():
            if course == found["settings"]:
                own.setdefault((name, course), found | {"variant": name, "seed": seed})
        _write(results, list(own.values()))

    with files.alone(results, "adds to"), pool(1 if executor else workers) as processes:
        todo: dict[str, Settings] = {}
        for (name, seed), course in courses.items():
            if (name, course) not in own:
                if known := _known(results.parent, course):
                    keep(known)
                else:
                    todo.setdefault(course, chosen[name, seed])
        for found in _measured(todo, executor or processes, workers):
            keep(found)
    return [own[name, course] for (name, _), course in courses.items()]


def _measured(
    todo: Mapping[str, Settings], executor: Executor | None, workers: int
) -> Iterator[dict[str, Any]]:
    """Measure courses, here or by an executor; yields what is found, as it comes."""
    if executor is None:
        for settings in todo.values():
            yield _line(settings)
        return
    work = partial(_line, cores=max(hardware.cores() // workers, 1))
    for done in as_completed([executor.submit(work, settings) for settings in todo.values()]):
        yield done.result()


def _line(settings: Settings, cores: int = 0) -> dict[str, Any]:
    """Return what is measured of one course, by a process that is to use so many cores, or all."""
    if cores:  # read when TensorFlow computes for the first time
        os.environ["TF_NUM_INTRAOP_THREADS"] = str(cores)
    print(f"{Path(settings.run).name} …", flush=True)
    return {"settings": settings.fingerprint(), **measure(settings)}


def _known(folder: Path, course: str) -> dict[str, Any] | None:
    """Return what any comparison in a folder of results has found of a course, if one has."""
    lines = (line for file in sorted(folder.glob("*.jsonl")) for line in read(file))
    return next((line for line in lines if line["settings"] == course), None)


def read(results: Path) -> list[dict[str, Any]]:
    """Return the lines of a file of results; none if it is not there."""
    if not results.is_file():
        return []
    return [json.loads(line) for line in results.read_text("utf-8").splitlines()]


def _write(results: Path, lines: Sequence[dict[str, Any]]) -> None:
    """Write a file of results whole."""
    with files.replaced(results) as temporary:
        text = "".join(json.dumps(line) + "\n" for line in lines)
        temporary.write_text(text, "utf-8", newline="\n")


def measure(settings: Settings) -> dict[str, Any]:
    """Train, export and evaluate a model on the test sketches, every class counted alike.

    The run folder is deleted in the end.
    """
    run = training.train(settings, verbose=0)
    model = export.export(run, run / "model")
    found = {"model": settings.model, **_course(run), **figures(model, settings.path("dataset"))}
    shutil.rmtree(run)
    return found


def _course(run: Path) -> dict[str, Any]:
    """Return how much a run has learned from, and how long."""
    facts = training.read_facts(run)
    return {name: facts[name] for name in ("training_sketches", "sketches_seen", "seconds")}


def figures(model_folder: Path, data_folder: Path) -> dict[str, Any]:
    """Return a model folder's size, speed and accuracy, of whole and of begun test sketches."""
    predictor = Predictor.load(model_folder)
    whole, half = evaluation.evaluate_predictor(predictor, data_folder)
    begun = evaluation.uncut(predictor, data_folder, "test", MOST_BEGUN)
    by_share = evaluation.by_share(predictor, begun.take(1), SHARES)
    found = {
        "parameters": predictor.card["parameters"],
        "megabytes": (model_folder / "model.tflite").stat().st_size / 1e6,
        "milliseconds": evaluation.milliseconds(predictor),
        "test_sketches": len(whole.ranks),
        "top_1": whole.balanced(1),
        "top_5": whole.balanced(5),
        "half_top_1": half.balanced(1),
        "half_top_5": half.balanced(5),
        "top_5_by_share": [report.top(5) for report in by_share],
    }
    return {
        name: np.round(value, 4).tolist() if isinstance(value, (float, list)) else value
        for name, value in found.items()
    }


def table(lines: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """Return a row for each variant: its figures' mean and, of several seeds, their spread.

    The spread is the standard deviation.
    """
    rows = []
    for name in dict.fromkeys(line["variant"] for line in lines):
        own = [line for line in lines if line["variant"] == name]
        last = own[-1]
        rows.append(
            {
                "variant": name,
                "seeds": str(len(own)),
                "parameters": f"{last['parameters']:,}",
                "MB": f"{last['megabytes']:.1f}",
                "ms": f"{last['milliseconds']:.2f}",
                "drawings": f"{last['training_sketches']:,}",
                "seen": f"{last['sketches_seen']:,}",
                **{
                    title: _spread([line[figure] for line in own])
                    for figure, title in FIGURES.items()
                },
            }
        )
    return rows


def _spread(values: Sequence[float]) -> str:
    mean = f"{100 * np.mean(values):.1f}"
    return f"{mean} ± {100 * np.std(values, ddof=1):.1f}" if len(values) > 1 else mean


def main() -> None:
    """Run a comparison from the command line."""
    parser = argparse.ArgumentParser(description="Train variants of a model, several seeds each.")
    parser.add_argument(
        "plan", nargs="?", default="augmentation", help="a name in notebooks/comparisons, or a file"
    )
    parser.add_argument("changes", nargs="*", metavar="name=value", help="other base settings")
    parser.add_argument("--workers", type=int, default=1, help="trainings at the same time")
    options = parser.parse_args()
    try:
        path = named(options.plan, PLANS)
        plan = yaml.safe_load(path.read_text("utf-8"))
        config = read_config(path.parent / plan["base"], options.changes)
        base = Settings(**config).changed(**plan.get("settings", {}))
        results = FOLDER / f"{path.stem}.jsonl"
        lines = compare(base, plan["variants"], plan["seeds"], results, workers=options.workers)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    for row in table(lines):
        print("  ".join(f"{value:>10}" for value in row.values()))


if __name__ == "__main__":
    main()
