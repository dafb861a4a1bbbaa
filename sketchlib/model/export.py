"""A trained run becomes a model folder: model.keras, model.tflite, model.json and README.md.

The folder is all that a recogniser needs; `predictor` reads it without TensorFlow. The prototypes
in it, where the run has some, are for teaching the model more (`transfer`).
`python -m sketchlib.model.export data/models/quickdraw int8 sketches.tflite` converts a folder's
model to another precision.
"""

import argparse
import contextlib
import datetime
import io
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from sketchlib._shared import files, interrupts
from sketchlib._shared.backend import keras, tf
from sketchlib._shared.quiet import quiet
from sketchlib.drawing import doodles, strokes
from sketchlib.model import calibration, card, models, run_folder
from sketchlib.model.run_folder import FINISHED, PROTOTYPES
from sketchlib.predictor import (
    CARD,
    CONFIDENCE,
    SAME,
    STAGED,
    Predictor,
    load_litert,
    located,
    read_card,
    run_litert,
    settle,
)
from sketchlib.settings import NO_MATTER

# How far a probability of a LiteRT model may be from Keras' own, by the precision of its weights.
CLOSE = {
    "float32": 1e-4,  # the same arithmetic in another order
    "float16": 0.02,  # each weight is rounded to 11 bits, by 0.05 % of itself at most
    "int8": 0.2,  # weights and what meets them have 255 levels: a doubtful answer may change
}
# Where a picture is drawn, a rare sketch has a sample just between two steps, which, the sums being
# done in another order, is taken for the other's.
USUAL = 0.9  # of the sketches are as close as the precision says
STRAY = 0.02  # is as far as the others may be, or as the precision says, if that is more
LEFT = (
    CARD,
    "model.keras",
    "model.tflite",
    PROTOTYPES,
    CONFIDENCE,
    "README.md",
)  # that an export leaves
TOLD = 8  # drawings with their answers
PRECISION = "float16"  # of model.tflite: half of float32's size, as fast, next to the same answers


def export(run: str | Path, folder: str | Path, name: str = "", temperature: float = 1.0) -> Path:
    """Make a model folder of a trained and evaluated run; returns the folder.

    run: a folder that `training.train` left, with metrics.json if it was evaluated. temperature:
    what the logits are divided by, in the weights (see `calibration`). The LiteRT model is compared
    with Keras' answers. All is made in a folder within, and takes its place at once: whoever reads
    the folder, at any moment, finds the old model or the new. Raises FileNotFoundError if the run
    is not finished, FileExistsError where something else would be replaced, OSError where another
    process exports to the folder or the disk is full.
    """
    run, folder = Path(run), Path(folder)
    for needed in FINISHED:
        if not (run / needed).is_file():
            raise FileNotFoundError(
                f"{run} is no finished run: {needed} is missing; train it first"
            )
    _check_free(folder)
    model = models.load(run / "model.keras")
    calibration.soften(model, temperature)
    lite = to_litert(model, PRECISION)
    difference = check_equal(model, lite, PRECISION)
    litert = {"precision": PRECISION, "bytes": len(lite), "difference_from_keras": difference}

    with files.alone(folder, "exports to"), run_folder.room_told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with staging(folder) as made:
            model.save(made / "model.keras")
            (made / "model.tflite").write_bytes(lite)
            if (run / PROTOTYPES).is_file():  # of features, which no temperature changes
                shutil.copyfile(run / PROTOTYPES, made / PROTOTYPES)
            told = _card(run, made, model, name or folder.name, litert)
            files.write_json(made / "model.json", told | {"check": answers(told, lite)})
            card.write(made)
    return folder


def _check_free(folder: Path) -> None:
    """Raise FileExistsError where an export would replace what no export has left."""
    for place in (folder, *folder.parents):
        if place.exists() and not place.is_dir():
            raise FileExistsError(f"{place} is a file: name a folder for the model")
    left = [name for name in LEFT if (folder / name).exists()]
    if left and not _is_card(located(folder, CARD)):
        raise FileExistsError(
            f"{folder} has a {left[0]} that no export has left there, for its {CARD} is missing or "
            "is of something else: name another folder, or move it away"
        )


def _is_card(path: Path) -> bool:
    """Whether a file is a model.json of ours, of whatever version."""
    with contextlib.suppress(OSError, ValueError, RecursionError):
        told = files.read_json(path)
        return isinstance(told, dict) and {"classes", "files"} <= set(told)
    return False


@contextlib.contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """Give a folder within a model folder; on success, what is made there is moved to its place."""
    settle(folder)  # what an export that was cut off has left
    made = folder / f"{STAGED}.part"
    shutil.rmtree(made, ignore_errors=True)  # so has one that was cut off before
    made.mkdir()
    try:
        yield made
        with interrupts.held():
            for path in made.iterdir():
                files.sync(path)
            files.move(made, folder / STAGED)
            settle(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def to_litert(model: keras.Model, precision: str = "float32") -> bytes:
    """Convert a model to LiteRT: "ink" float32 [1, 100, 3] to "probabilities" float32 [1, classes].

    precision: of the weights. With "int8" (dynamic range) also what meets them is rounded, on the
    fly, and all else stays float32; with all of it in int8 the baseline loses 4 points of
    top-1 accuracy, and models that draw a picture cannot run. Raises ValueError for an unknown
    precision.
    """
    if precision not in CLOSE:
        raise ValueError(f"unknown precision {precision!r}: it must be one of {', '.join(CLOSE)}")
    # The runtimes for phones and browsers refuse a size that is not known, the batch's included.
    ink = keras.Input(batch_shape=(1, *model.input_shape[1:]), name="ink")
    twin = keras.Model(ink, {"probabilities": model(ink)})
    converter = tf.lite.TFLiteConverter.from_keras_model(twin)
    if precision != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if precision == "float16":
        converter.target_spec.supported_types = [tf.float16]
    with quiet(), contextlib.redirect_stdout(io.StringIO()):  # it lists every variable
        try:
            return converter.convert()
        except TypeError as error:  # it keeps to itself that it could not write temporary files
            raise OSError(
                f"there is no room for temporary files in {tempfile.gettempdir()}, or they cannot "
                "be written: make some, and do the same again"
            ) from error


def check_equal(model: keras.Model, lite: bytes, precision: str = "float32") -> float:
    """Return how far a probability of the LiteRT model is at most from Keras' own, on drawn ink.

    Raises RuntimeError if that is more than the precision explains, or no number.
    """
    ink = _drawn_ink(model.input_shape[1])
    expected = model.predict_on_batch(ink)
    differences = np.abs(run_litert(load_litert(lite), ink) - expected).max(axis=1)
    difference, close = float(differences.max()), CLOSE[precision]
    usual = np.quantile(differences, USUAL)
    if not (usual <= close and difference <= max(close, STRAY)):  # so written, NaN is refused too
        raise RuntimeError(
            f"the converted LiteRT model does not answer as the Keras model does: a probability "
            f"differs by {difference:.2g}, and {precision} explains {close}"
        )
    return difference


def _drawn_ink(points: int) -> np.ndarray:
    """Return the ink of doodles and of a lone dot, float32 [n, points, 3]; they need no data."""
    drawings = [record["drawing"] for record in doodles.records(count=3)] + [[np.zeros((1, 2))]]
    inks = [strokes.drawing_to_ink(drawing) for drawing in drawings]
    return keras.utils.pad_sequences(inks, points, "float32", padding="post", truncating="post")


def answers(card: dict[str, Any], lite: bytes) -> list[dict[str, Any]]:
    """Return doodles with the answers to them, by which `Predictor.load` checks a model.

    Left out are those that get other answers if they are a hair wider, for so they might on
    another processor.
    """
    predictor = Predictor(card, load_litert(lite))
    told: list[dict[str, Any]] = []
    for record in doodles.records(count=1):
        drawing = strokes.simplify(record["drawing"])
        ink = strokes.batch(
            [strokes.drawing_to_ink(drawing, predictor.in_proportion)], predictor.points
        )
        wider = ink * np.array([1.0001, 1, 1], np.float32)
        two = predictor.infer(np.concatenate([ink, wider]))
        if np.ptp(two, axis=0).max() < SAME / 2 and len(told) < TOLD:
            layout = json.dumps([stroke.T.tolist() for stroke in drawing])
            found = {name: round(p, 6) for name, p in predictor.top_k(drawing)}
            told.append({"drawing": layout, "answers": found})
    return told


def convert(folder: str | Path, precision: str) -> tuple[bytes, float]:
    """Convert a model folder's Keras model anew; returns it and what `check_equal` found."""
    read_card(Path(folder))
    model = models.load(Path(folder) / "model.keras")
    lite = to_litert(model, precision)
    return lite, check_equal(model, lite, precision)


def _figures(metrics: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return what an evaluation found, without its tables per class; None if there was none."""
    if metrics is None:
        return None
    tables = ("per_class_top_1", "most_confused")
    return {
        key: {name: figure for name, figure in value.items() if name not in tables}
        if isinstance(value, dict)
        else value
        for key, value in metrics.items()
    }


def _card(
    run: Path, folder: Path, model: keras.Model, name: str, litert: dict[str, Any]
) -> dict[str, Any]:
    """Return what model.json says: how the model was made, how good it is, how to feed it."""
    facts, settings = run_folder.read_facts(run), run_folder.read_settings(run)
    paths = [folder / file for file in ("model.keras", "model.tflite", PROTOTYPES)]
    return {
        "name": name,
        "architecture": model.name,
        "parameters": model.count_params(),
        "created": datetime.date.today().isoformat(),
        "credit": settings.data_credit(),
        "preprocessing": strokes.VERSION,
        "input": {
            "shape": [strokes.MAX_POINTS, 3],
            "type": "float32",
            "meaning": "ink of sketchlib.strokes.drawing_to_ink, then strokes.batch: 100 points",
            "in_proportion": settings.in_proportion,
        },
        "output": {"shape": [len(facts["classes"])], "meaning": "probability per class"},
        "litert": litert,
        "training": {
            **{key: value for key, value in facts.items() if key != "classes"},
            "settings": settings.model_dump(exclude={*NO_MATTER, "dataset"}),
        },
        "metrics": _figures(run_folder.read_metrics(run)),
        "files": {path.name: files.sha256(path) for path in paths if path.is_file()},
        "classes": facts["classes"],
    }


def main() -> None:
    """Convert a model folder's model from the command line."""
    parser = argparse.ArgumentParser(description="Convert a model to LiteRT in another precision.")
    parser.add_argument("model", help="a model folder, as data/models/quickdraw")
    parser.add_argument("precision", choices=list(CLOSE), help="of the weights")
    parser.add_argument("file", type=Path, help="where the LiteRT model goes")
    options = parser.parse_args()
    try:
        lite, difference = convert(options.model, options.precision)
        with files.replaced(options.file) as temporary:
            temporary.write_bytes(lite)
    except (OSError, RuntimeError, ValueError) as error:
        sys.exit(str(error))
    print(f"{options.file}: {len(lite) / 1e6:.2f} MB, within {difference:.2g} of Keras' answers")


if __name__ == "__main__":
    main()
