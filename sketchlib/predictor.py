"""A model folder answers: the classes of a drawing, most likely first. TensorFlow is not needed.

predictor = Predictor.load()
predictor.top_k([[[0, 0], [80, 10], [40, 90], [0, 0]]], k=3)
"""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from sketchlib._shared import files
from sketchlib._shared.quiet import quiet
from sketchlib.drawing import strokes

SHIPPED = Path(__file__).resolve().parents[1] / "data" / "models" / "quickdraw"


class Predictor:
    """Recognises drawings with a model folder's LiteRT model; safe to use from several threads.

    classes: the names, in the order of the probabilities. card: what model.json says of the model.
    in_proportion: whether its ink keeps a drawing's proportions. points: how many rows of ink it
    reads; a drawing that has more is shortened to them.
    """

    def __init__(self, card: dict[str, Any], interpreter: Interpreter):
        self.card = card
        self.name: str = card["name"]
        self.classes: list[str] = card["classes"]
        self.points: int = card["input"]["shape"][0]
        self.in_proportion: bool = card["input"].get("in_proportion", False)
        self._interpreter = interpreter
        self._lock = threading.Lock()

    @classmethod
    def load(cls, folder: str | Path | None = None) -> "Predictor":
        """Load a model folder, None for the one that comes with the project, and check its files.

        Raises FileNotFoundError for a missing file, ValueError for one that was altered or for a
        model that another version of the preprocessing was made for.
        """
        folder = Path(folder) if folder else SHIPPED
        card = read_card(folder)
        if card["preprocessing"] != strokes.VERSION:
            raise ValueError(
                f"{folder} was trained with preprocessing version {card['preprocessing']}, this is "
                f"version {strokes.VERSION}: use the matching sketchlib, or train it again"
            )
        interpreter = load_litert((folder / "model.tflite").read_bytes())
        answers = interpreter.get_output_details()[0]["shape"][-1]
        if answers != len(card["classes"]):
            raise ValueError(
                f"{folder / 'model.json'} names {len(card['classes'])} classes, but the model "
                f"answers for {answers}: restore it or export the model anew"
            )
        return cls(card, interpreter)

    def probabilities(self, drawings: Sequence[strokes.Drawing]) -> np.ndarray:
        """Return the probability of each class for each drawing, float32 [n, classes].

        A drawing is a list of strokes, [n, 2] or [n, 3], in pixels of any size, raw or simplified.
        Raises ValueError for a drawing without points.
        """
        inks = (strokes.drawing_to_ink(drawing, self.in_proportion) for drawing in drawings)
        return self.infer(strokes.batch(inks, self.points))

    def infer(self, ink: np.ndarray) -> np.ndarray:
        """Return probabilities, float32 [n, classes], of padded ink, float32 [n, points, 3]."""
        with self._lock:
            return run_litert(self._interpreter, ink)

    def top_k(self, drawing: strokes.Drawing, k: int = 5) -> list[tuple[str, float]]:
        """Return the k likeliest (class name, probability) of one drawing, likeliest first."""
        (probabilities,) = self.probabilities([drawing])
        best = np.argsort(probabilities)[::-1][:k]
        return [(self.classes[index], float(probabilities[index])) for index in best]


def load_litert(model: bytes) -> Interpreter:
    """Make an interpreter, on one thread, of a LiteRT model."""
    with quiet():  # it tells that it uses the CPU
        interpreter = Interpreter(model_content=model, num_threads=1)
        interpreter.allocate_tensors()
    return interpreter


def run_litert(interpreter: Interpreter, ink: np.ndarray) -> np.ndarray:
    """Run a LiteRT model on ink float32 [n, points, 3]; returns float32 [n, classes].

    The model takes one sketch at a time.
    """
    (feed,), (answer,) = interpreter.get_input_details(), interpreter.get_output_details()
    answers = np.empty((len(ink), answer["shape"][-1]), dtype=np.float32)
    for row, sketch in zip(answers, ink, strict=True):
        interpreter.set_tensor(feed["index"], sketch[None])
        interpreter.invoke()
        row[:] = interpreter.get_tensor(answer["index"])[0]
    return answers


def read_card(folder: Path) -> dict[str, Any]:
    """Return a model folder's model.json, after checking every file that it names."""
    if not (folder / "model.json").is_file():
        raise FileNotFoundError(
            f"{folder} is no model folder: model.json is missing; notebook 04_evaluate exports one"
        )
    card = files.read_json(folder / "model.json")
    needed = {"name", "classes", "preprocessing", "input", "files"}
    missing = needed - set(card if isinstance(card, dict) else ())
    if missing:
        raise ValueError(
            f"{folder / 'model.json'} lacks {', '.join(sorted(missing))}; export it anew"
        )
    for name, expected in {"model.tflite": None, **card["files"]}.items():
        if not (folder / name).is_file():
            raise FileNotFoundError(
                f"{folder / name} is missing: restore it or export the model anew"
            )
        if files.sha256(folder / name) != expected:
            raise ValueError(
                f"{folder / name} is not the file that model.json describes (its SHA-256 differs): "
                "restore it or export the model anew"
            )
    return card
