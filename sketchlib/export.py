"""A trained run becomes a model folder: model.keras, model.tflite and model.json.

The folder is all that a recogniser needs; `predictor` reads it without TensorFlow.
"""

import contextlib
import datetime
import io
from pathlib import Path
from typing import Any

import numpy as np

from sketchlib import calibration, files, models, strokes
from sketchlib.backend import keras, tf
from sketchlib.predictor import load_litert, run_litert
from sketchlib.quiet import quiet
from sketchlib.settings import COURSE, Settings

CLOSE = 1e-5  # how far a probability of the LiteRT model may be from Keras' own


def export(run: str | Path, folder: str | Path, name: str = "", temperature: float = 1.0) -> Path:
    """Make a model folder of a trained and evaluated run; returns the folder.

    run: a folder that `training.train` left, with metrics.json if it was evaluated. temperature:
    what the logits are divided by, in the weights (see `calibration`). The LiteRT model is compared
    with Keras' answers, and model.json is written last, so that a folder that has one is whole.
    Raises FileNotFoundError if the run is not finished.
    """
    run, folder = Path(run), Path(folder)
    for needed in ("model.keras", "training.json", "settings.json"):
        if not (run / needed).is_file():
            raise FileNotFoundError(
                f"{run} is no finished run: {needed} is missing; train it first"
            )
    model = keras.models.load_model(run / "model.keras")
    calibration.soften(model, temperature)
    lite = to_litert(model)
    check_equal(model, lite)

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.json").unlink(missing_ok=True)
    with files.replaced(folder / "model.keras") as temporary:
        model.save(temporary)
    with files.replaced(folder / "model.tflite") as temporary:
        temporary.write_bytes(lite)
    files.write_json(folder / "model.json", _card(run, folder, model, name or folder.name))
    return folder


def to_litert(model: keras.Model) -> bytes:
    """Convert a model to LiteRT, float32 [b, 100, 3] to [b, classes], b being 1 until resized."""
    with quiet(), contextlib.redirect_stdout(io.StringIO()):  # it lists every variable
        return tf.lite.TFLiteConverter.from_keras_model(model).convert()


def check_equal(model: keras.Model, lite: bytes, sketches: int = 32) -> None:
    """Raise RuntimeError unless the LiteRT model answers as Keras does on random ink."""
    ink = np.random.default_rng(0).normal(0, 0.2, (sketches, models.INPUT_POINTS, 3))
    ink = ink.astype(np.float32)
    expected = model.predict_on_batch(ink)
    answers = run_litert(load_litert(lite), ink)
    if not np.isfinite(answers).all() or np.abs(answers - expected).max() > CLOSE:
        raise RuntimeError("the converted LiteRT model does not answer as the Keras model does")


def _figures(path: Path) -> dict[str, Any] | None:
    """Return what an evaluation found, without its tables per class; None if there was none."""
    if not path.is_file():
        return None
    tables = ("per_class_top_1", "most_confused")
    return {
        key: {name: figure for name, figure in value.items() if name not in tables}
        if isinstance(value, dict)
        else value
        for key, value in files.read_json(path).items()
    }


def _card(run: Path, folder: Path, model: keras.Model, name: str) -> dict[str, Any]:
    """Return what model.json says: how the model was made, how good it is, how to feed it."""
    training = files.read_json(run / "training.json")
    settings = Settings(**files.read_json(run / "settings.json"))
    return {
        "name": name,
        "architecture": model.name,
        "parameters": model.count_params(),
        "created": datetime.date.today().isoformat(),
        "credit": settings.data_credit(),
        "preprocessing": strokes.VERSION,
        "input": {
            "shape": [models.INPUT_POINTS, 3],
            "type": "float32",
            "meaning": "ink of sketchlib.strokes.drawing_to_ink, its first 100 points, zero-padded",
            "in_proportion": settings.in_proportion,
        },
        "output": {"shape": [len(training["classes"])], "meaning": "probability per class"},
        "training": {
            **{key: value for key, value in training.items() if key != "classes"},
            "settings": settings.model_dump(include=set(COURSE) - {"dataset"}),
        },
        "metrics": _figures(run / "metrics.json"),
        "files": {file: files.sha256(folder / file) for file in ("model.keras", "model.tflite")},
        "classes": training["classes"],
    }
