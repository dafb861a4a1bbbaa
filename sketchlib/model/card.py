"""A model card: what model.json says of a model, as the README.md of its folder.

It begins with the YAML that model hubs read, and every figure in it comes from model.json.
`python -m sketchlib.model.card data/models/quickdraw` writes a folder's card anew.
"""

import argparse
import sys
import textwrap
from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field

from sketchlib._shared import files
from sketchlib.predictor import CARD, CONFIDENCE, Card, Part, checked

WAYS = {  # by their names in metrics, how the drawings were shown; the one that counts comes first
    "shortened": "long ones thinned to 100 points, as on the pad",
    "cropped": "long ones cut off after 100 points",
    "uncropped": "with all their points",
}
TEXT = """# {name}

This model recognises what a person draws, while they draw it. It reads the strokes of the pen and
names the likeliest of {count} things. Its architecture is `{architecture}`, with {parameters:,}
parameters. It was made on {created}. {reached}

## What it is for

A drawing pad that answers, a game, a lesson, a study of how people draw. It is not made for
handwriting, and nothing about a person can be told from its answers: let it decide nothing that
matters to anyone.

## How to use it

After `import sketchlib`:

```python
predictor = sketchlib.Predictor.load("path/to/this/folder")
predictor.top_k([[[0, 0], [80, 10], [40, 90], [0, 0]]])  # five (class, probability), best first
```

A drawing is a list of strokes, and a stroke a list of points: x and y in pixels of any size, where
y grows downwards. `model.tflite` also runs without `sketchlib`. It takes *ink*, {ink},
a row for each step of the pen, and gives a {answer}, in the order of
`classes` in `model.json`. Its weights are {precision}, {megabytes:.2f} MB, and its answers within
{difference:.1g} of those of `model.keras`. The guide in the project's `data/models` spells this
out, for phones and browsers too.

## Training data

{credit}. The last stage of the training had {drawings:,} drawings to learn from. {source}

## Training

{stages}

{shown} The settings of the last stage are in `model.json`.

## Evaluation

{evaluation}

## Limits

{doubts}
- **Photos.** It reads strokes. A picture of a sketch can be traced, but the order of its strokes is
  lost, and that costs some of the accuracy.
- **Other orders of strokes.** {orders}
  `benchmarks/other_hands.py` measures what another order costs.
- **Words that look alike.** Some pairs of classes nobody can tell apart. Notebook 04 lists them.

## Whose drawings

{people}

## Credit and licence

Data: {credit}. The weights are under the MIT licence, as the code is. Keep the credit for the data
where you pass them on.

<details><summary>All {count} classes</summary>

{classes}

</details>
"""
UNSURE = """\
- **Half-drawn sketches.** Its percentages are measured on whole drawings. Before a drawing is
  finished, the model is usually too sure of itself. `python -m sketchlib evaluate` tells how often
  it is right when half of the points are there.
- **Anything else.** It always answers with one of its {count} classes. A scribble gets such a name
  as well, now and then with a high percentage."""
SURE = """\
- **Half-drawn sketches.** Alone, the model is too sure of itself before a drawing is finished.
  `confidence.npz`, which only `sketchlib` reads, corrects that while one draws. It was fitted to
  beginnings of drawings that the model had not learned from. `python -m sketchlib evaluate` tells
  how true the percentages are at every tenth of the points.
- **Anything else.** Alone, the model answers with one of its {count} classes whatever it is shown.
  With `confidence.npz`, a scribble gets low percentages. It knows scribbles that a program made,
  and others may fool it."""
PLAYED = """People made them in a game that gave a word and twenty seconds. Some are unfinished, and
some show something else."""
DOODLED = """A program drew them, in place of people. How well the model knows them says nothing of
how well it knows what people draw."""
PLAYERS = """Most players of that game were in a few countries. Where others draw the same thing in
another way, or from right to left, the model has seen little of it, and is likely to be wrong more
often. `model.json` has no figures by country. Notebook 04 measures them, on the records that tell
theirs. Many do not, and the figures of small groups are uncertain."""
MEASURES = """*Top-k accuracy* is the share of drawings whose class is among the k likeliest
answers. *Classes alike* counts a rare class as much as a common one. *Calibration error* is how far
the percentages are from how often the model is right, on average. The split is *{split}*."""


class Output(Part):
    """What the model answers with."""

    shape: list[int]
    meaning: str


class Litert(Part):
    """What is told of model.tflite."""

    precision: str
    bytes: int
    difference_from_keras: float


class Stage(Part):
    """A training, and those that it started from."""

    model: str
    epochs: int
    sketches_seen: int
    seconds: float
    taught_by: str = ""  # whose answers it learned, where it was not only the names of drawings
    started_from: "list[Stage] | None" = None


class Training(Stage):
    """The last of the trainings."""

    model: str = ""  # it is the architecture
    training_sketches: int
    settings: dict[str, Any] = Field({})


class Figures(Part):
    """What an evaluation found."""

    sketches: int
    top_k_accuracy: dict[str, float]
    balanced_top_1: float | None = None
    balanced_top_5: float | None = None
    calibration_error: float | None = None


class Told(Card):
    """What model.json says, as far as its README.md tells of it."""

    architecture: str
    parameters: int
    created: str
    credit: str
    output: Output
    litert: Litert
    training: Training
    metrics: dict[str, Figures | str | float] | None = None


def text(card: dict[str, Any]) -> str:
    """Return the model card of what model.json says: Markdown, with YAML before it."""
    asked, answered, lite = card["input"], card["output"], card["litert"]
    stages = _stages({"model": card["architecture"], **card["training"]})
    told = TEXT.format(
        **{name: card[name] for name in ("name", "architecture", "parameters", "created")},
        credit=card["credit"],
        count=len(card["classes"]),
        reached=_reached(card),
        ink=f"{asked['type']} `{[1, *asked['shape']]}`",
        answer=f"{answered['meaning']}, `{[1, *answered['shape']]}`",
        precision=lite["precision"],
        megabytes=lite["bytes"] / 1e6,
        difference=lite["difference_from_keras"],
        drawings=card["training"]["training_sketches"],
        source=PLAYED if _is_real(card) else DOODLED if "doodles" in card["credit"].lower() else "",
        stages=_stage_table(stages),
        shown=_shown(stages),
        evaluation=_evaluation(card),
        orders=_orders(card["training"].get("settings", {})),
        doubts=(SURE if CONFIDENCE in card["files"] else UNSURE).format(count=len(card["classes"])),
        people=PLAYERS if _is_real(card) else "`model.json` does not tell who drew them.",
        classes=", ".join(card["classes"]),
    )
    return f"---\n{_front_matter(card)}---\n\n" + "\n\n".join(map(_wrapped, told.split("\n\n")))


def write(folder: str | Path) -> Path:
    """Write the card of a model folder beside its model.json; returns the file.

    Raises FileNotFoundError if there is no model.json, ValueError if it does not say what it must.
    """
    card = text(checked(Path(folder) / CARD, Told))
    with files.replaced(Path(folder) / "README.md") as temporary:
        temporary.write_text(card, "utf-8", newline="\n")
    return Path(folder) / "README.md"


def _wrapped(part: str) -> str:
    """Return prose in lines of one width, and all other parts of Markdown as they are."""
    return part if part[0] in "#|-`<" else textwrap.fill(part, 100, break_on_hyphens=False)


def _front_matter(card: dict[str, Any]) -> str:
    """Return the YAML by which a hub finds a model and knows its figures."""
    real, measured = _is_real(card), _measured(card)
    fields = {
        "license": "mit",
        "library_name": "keras",
        "tags": ["sketch-recognition", "drawing", "litert", *(["quickdraw"] if real else [])],
        "datasets": ["google/quickdraw"] if real else [],
        "metrics": ["accuracy"],
        "model-index": [{"name": card["name"], "results": [_result(card)]}] if measured else [],
    }
    told = {name: value for name, value in fields.items() if value}
    return yaml.safe_dump(told, sort_keys=False, allow_unicode=True)


def _result(card: dict[str, Any]) -> dict[str, Any]:
    """Return the accuracy that counts, as a hub lists it."""
    top = next(iter(_measured(card).values()))["top_k_accuracy"]
    real = {"name": "Quick, Draw!", "type": "google/quickdraw"}
    source = real if _is_real(card) else {"name": card["credit"], "type": "other"}
    return {
        "task": {"type": "image-classification", "name": "Sketch recognition"},
        "dataset": source | {"split": card["metrics"].get("split", "test")},
        "metrics": [
            {"type": "accuracy", "name": f"Top-{k} accuracy", "value": top[k]} for k in _ks(top)
        ],
    }


def _is_real(card: dict[str, Any]) -> bool:
    return "Quick, Draw!" in card["credit"]


def _measured(card: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the figures by how the drawings were shown, the ones that count first."""
    metrics = card.get("metrics") or {}
    ways = [name for name in [*WAYS, *metrics] if isinstance(metrics.get(name), dict)]
    return {name: metrics[name] for name in ways if "top_k_accuracy" in metrics[name]}


def _ks(top: dict[str, float]) -> list[str]:
    """Return the k of the top-k accuracies to tell: 1, and 5 where there are as many classes."""
    return [k for k in ("1", "5") if k in top]


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def _reached(card: dict[str, Any]) -> str:
    """Say how good the model is, if that was measured."""
    for figures in _measured(card).values():
        top = figures["top_k_accuracy"]
        said = " and ".join(f"a top-{k} accuracy of {_percent(top[k])}" for k in _ks(top))
        return f"On {figures['sketches']:,} drawings that it had never seen it reaches {said}."
    return ""


def _stages(training: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a training and all that it started from, earliest first, each once.

    Each stage tells in `origins` the places of those it started from.
    """
    found: list[dict[str, Any]] = []

    def add(training: dict[str, Any]) -> int:
        origins = [add(earlier) for earlier in training.get("started_from") or []]
        told = {name: training[name] for name in ("model", "epochs", "sketches_seen", "seconds")}
        stage = told | {"taught_by": training.get("taught_by", ""), "origins": origins}
        if stage not in found:
            found.append(stage)
        return found.index(stage)

    add(training)
    return found


def _stage_table(stages: list[dict[str, Any]]) -> str:
    """Return a row for each stage."""
    rows = ["| stage | model | starts from | passes | drawings shown | minutes |", "|---" * 6 + "|"]
    for number, stage in enumerate(stages, start=1):
        origins = stage["origins"]
        start = " and ".join(str(place + 1) for place in origins) or "nothing"
        if len(origins) > 1 and len({stages[place]["model"] for place in origins}) == 1:
            start = f"the mean of {start}"
        counts = f"{stage['epochs']} | {stage['sketches_seen']:,} | {stage['seconds'] / 60:.0f}"
        rows.append(f"| {number} | `{stage['model']}` | {start} | {counts} |")
    return "\n".join(rows)


def _shown(stages: list[dict[str, Any]]) -> str:
    """Say how often drawings were shown in all, and how long that took."""
    shown: dict[str, int] = defaultdict(int)
    for stage in stages:
        shown[stage["model"]] += stage["sketches_seen"]
    each = ", ".join(f"{count:,} to `{model}`" for model, count in shown.items())
    minutes = sum(stage["seconds"] for stage in stages) / 60
    taught = [
        f" In stage {number} it learned the answers of {stage['taught_by']}."
        for number, stage in enumerate(stages, start=1)
        if stage["taught_by"]
    ]
    counted = (
        f"Drawings shown in all, counted at each pass: {each}. That took {minutes:,.0f} minutes."
    )
    return counted + "".join(taught)


def _evaluation(card: dict[str, Any]) -> str:
    """Give the measured figures, a row for each way in which the drawings were shown."""
    found = _measured(card)
    if not found:
        return "It has not been evaluated yet."
    heads = ["drawings shown", "how many", "top-1", "top-5", "top-1, classes alike"]
    heads += ["top-5, classes alike", "calibration error"]
    rows = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for way, figures in found.items():
        shares = [figures["top_k_accuracy"].get(k) for k in ("1", "5")]
        others = ("balanced_top_1", "balanced_top_5", "calibration_error")
        told = [WAYS.get(way, way.replace("_", " ")), f"{figures['sketches']:,}"]
        told += map(_percent, [*shares, *(figures.get(name) for name in others)])
        rows.append(f"| {' | '.join(told)} |")
    measures = MEASURES.format(split=card["metrics"].get("split", "test"))
    if temperature := card["metrics"].get("temperature"):
        measures += f" A temperature of {temperature}, chosen on others, is part of the weights."
    return "\n".join(rows) + "\n\n" + measures


def _orders(settings: dict[str, Any]) -> str:
    """Say what other orders and directions of strokes the model was shown."""
    variation = settings.get("variation", {}) if settings.get("augmented") else {}
    shuffled, backwards = (100 * variation.get(name, 0) for name in ("reordered", "reversed"))
    if not shuffled and not backwards:
        return "It was shown strokes only in the order in which they were drawn."
    return (
        f"Its last stage shuffled the strokes of {shuffled:.0f} % of the drawings,\n"
        f"  and drew {backwards:.0f} % of the strokes from their other end."
    )


def main() -> None:
    """Write a model folder's card from the command line."""
    parser = argparse.ArgumentParser(description="Write a model folder's README.md anew.")
    parser.add_argument("model", help="a model folder, as data/models/quickdraw")
    try:
        print(f"{write(parser.parse_args().model)} is written.")
    except (OSError, ValueError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
