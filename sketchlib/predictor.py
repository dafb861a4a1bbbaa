"""A model folder answers: the classes of a drawing, most likely first. TensorFlow is not needed.

predictor = Predictor.load()
predictor.top_k([[[0, 0], [80, 10], [40, 90], [0, 0]]], k=3)

What a folder's model.json says is checked: its types, the hash of every file, and the answers to
some drawings that it tells. That finds damage and mistakes. It keeps off nobody who makes all of it
anew, so take model folders only from people whom you would take a program from.
"""

import contextlib
import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Json, ValidationError

from sketchlib._shared import files
from sketchlib._shared.quiet import quiet
from sketchlib.confidence import Confidence
from sketchlib.drawing import strokes

SHIPPED = Path(__file__).resolve().parents[1] / "data" / "models" / "quickdraw"
CARD, MODEL = "model.json", "model.tflite"  # files of a model folder
PROTOTYPES, CONFIDENCE = "prototypes.npz", "confidence.npz"  # others, that it may have
STAGED = ".export"  # in it: those of a newer model, all of them, on the way to their places
MOST_BYTES, MOST_POINTS = 10_000_000, 10_000  # of a model.json; of the ink that a model takes
MEND = "restore it or export the model anew"
SAME = 1e-3  # so far an answer may be from what model.json tells of it, on any processor


def _different(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        raise ValueError("the names must differ")
    return names


def _points_of_ink(shape: list[int]) -> list[int]:
    if len(shape) != 2 or not 1 <= shape[0] <= MOST_POINTS or shape[1] != 3:
        raise ValueError(f"it must be [points, 3], up to {MOST_POINTS} points")
    return shape


def _alike(stroke: list[list[int]]) -> list[list[int]]:
    if len(stroke) != 2 or not 0 < len(stroke[0]) == len(stroke[1]):
        raise ValueError("a stroke must be [[x, …], [y, …]], of as many x as y")
    return stroke


Stroke = Annotated[list[list[Annotated[int, Field(ge=0, le=255)]]], AfterValidator(_alike)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class Part(BaseModel):
    """A part of what model.json says: types are as they are told, and there may be more in it."""

    model_config = ConfigDict(extra="allow", strict=True, allow_inf_nan=False)


class Input(Part):
    """How the model is fed."""

    shape: Annotated[list[int], AfterValidator(_points_of_ink)]
    in_proportion: bool = False


class Answer(Part):
    """A drawing in the layout of Quick, Draw!, and the probabilities of its likeliest classes."""

    drawing: Json[Annotated[list[Stroke], Field(min_length=1)]]
    answers: dict[str, float]


class Card(Part):
    """What a recogniser needs of model.json."""

    name: Name
    classes: Annotated[list[Name], Field(min_length=2), AfterValidator(_different)]
    preprocessing: int
    input: Input
    files: dict[
        Annotated[str, Field(pattern=r"^[\w-]+\.\w+$")],
        Annotated[str, Field(pattern="^[0-9a-f]{64}$")],
    ]
    credit: str = ""
    check: Annotated[list[Answer], Field(max_length=20)] = []


class Predictor:
    """Recognises drawings with a model folder's LiteRT model; safe to use from several threads.

    classes: the names, in the order of the probabilities. card: what model.json says of the model.
    in_proportion: whether its ink keeps a drawing's proportions. points: how many rows of ink it
    reads; a drawing that has more is shortened to them. confidence: how sure it may be, if known.
    """

    def __init__(
        self, card: dict[str, Any], interpreter: Interpreter, confidence: Confidence | None = None
    ):
        self.card, self.confidence = card, confidence
        self.name: str = card["name"]
        self.classes: list[str] = card["classes"]
        self.points: int = card["input"]["shape"][0]
        self.in_proportion: bool = card["input"].get("in_proportion", False)
        self._interpreter = interpreter
        self._lock = threading.Lock()

    @classmethod
    def load(cls, folder: str | Path | None = None) -> "Predictor":
        """Load a model folder, None for the one that comes with the project, and check its files.

        Raises FileNotFoundError for a missing file, ValueError for one that was altered, for a
        model that another version of the preprocessing was made for, or for one that does not
        answer as model.json says.
        """
        folder = Path(folder) if folder else SHIPPED
        card, model = _read(folder)
        if card["preprocessing"] != strokes.VERSION:
            raise ValueError(
                f"{folder} was trained with preprocessing version {card['preprocessing']}, this is "
                f"version {strokes.VERSION}: use the matching sketchlib, or train it again"
            )
        try:
            interpreter = load_litert(model)
            (feed,), (answer,) = interpreter.get_input_details(), interpreter.get_output_details()
        except (RuntimeError, ValueError) as error:
            why = " ".join(str(error).split())[:200]
            raise ValueError(f"{folder / MODEL} is no model of ink ({why}): {MEND}") from None
        if feed["shape"].tolist() != [1, *card["input"]["shape"]] or feed["dtype"] != np.float32:
            raise ValueError(f"{folder / MODEL} does not take what {CARD} says: {MEND}")
        if answer["shape"][-1] != len(card["classes"]):
            raise ValueError(
                f"{folder / CARD} names {len(card['classes'])} classes, but the model "
                f"answers for {answer['shape'][-1]}: {MEND}"
            )
        confidence = None
        if CONFIDENCE in card["files"]:
            confidence = Confidence.load(located(folder, CONFIDENCE), len(card["classes"]))
        predictor = cls(card, interpreter, confidence)
        predictor.check(folder)
        return predictor

    def check(self, folder: Path) -> None:
        """Raise ValueError unless the drawings that model.json tells are answered as it says."""
        for told in self.card.get("check", ()):
            drawing = [np.transpose(stroke) for stroke in json.loads(told["drawing"])]
            (answers,) = self.probabilities([drawing])
            for name, expected in told["answers"].items():
                found = answers[self.classes.index(name)] if name in self.classes else np.nan
                if not abs(found - expected) <= SAME:  # so written, NaN is refused too
                    raise ValueError(
                        f"{folder} does not answer as its {CARD} says: a drawing is {name!r} with "
                        f"a probability of {found:.3f}, not {expected:.3f}: {MEND}"
                    )

    def probabilities(self, drawings: Sequence[strokes.Drawing]) -> np.ndarray:
        """Return the probability of each class for each drawing, float32 [n, classes].

        A drawing is a list of strokes, [n, 2] or [n, 3], in pixels of any size, raw or simplified.
        Raises ValueError for a drawing without points.
        """
        return self.infer(self.ink(drawings))

    def ink(self, drawings: Sequence[strokes.Drawing]) -> np.ndarray:
        """Return drawings as the model reads them, float32 [n, points, 3], padded with zeros."""
        inks = (strokes.drawing_to_ink(drawing, self.in_proportion) for drawing in drawings)
        return strokes.batch(inks, self.points)

    def infer(self, ink: np.ndarray) -> np.ndarray:
        """Return probabilities, float32 [n, classes], of padded ink, float32 [n, points, 3]."""
        with self._lock:
            return run_litert(self._interpreter, ink)

    def sure(self, drawings: Sequence[strokes.Drawing], unfinished: bool = False) -> np.ndarray:
        """Return `probabilities` as sure as they may be, float32 [n, classes].

        What they lack of 1 is the probability that a drawing shows none of the classes.
        unfinished: whether somebody is drawing, and more is to come. A model folder without
        `confidence.npz` knows no difference.
        """
        ink = self.ink(drawings)
        found = self.infer(ink)
        return self.confidence(found, ink, unfinished) if self.confidence else found

    def top_k(
        self, drawing: strokes.Drawing, k: int = 5, unfinished: bool = False
    ) -> list[tuple[str, float]]:
        """Return the k likeliest (class name, probability) of one drawing, likeliest first.

        They are as sure as they may be, see `sure`.
        """
        (probabilities,) = self.sure([drawing], unfinished)
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
    return _read(Path(folder))[0]


def settle(folder: Path) -> None:
    """Move what an export has staged in a model folder to its place, model.json last.

    Whoever reads the folder meanwhile, or after a sudden end, finds the rest where it is staged.
    """
    staged = folder / STAGED
    if not staged.is_dir():
        return
    if (staged / CARD).is_file():
        for name in {PROTOTYPES, CONFIDENCE} - set(files.read_json(staged / CARD)["files"]):
            (folder / name).unlink(missing_ok=True)
    for path in sorted(staged.iterdir(), key=lambda path: path.name == CARD):
        with contextlib.suppress(FileNotFoundError):  # another reader has moved it
            files.move(path, folder / path.name)
    with contextlib.suppress(OSError):
        staged.rmdir()


def located(folder: Path, name: str) -> Path:
    """Return where a file of a model folder is: in its place, unless a newer one is staged."""
    staged = folder / STAGED / name
    return staged if staged.is_file() else folder / name


def _read(folder: Path) -> tuple[dict[str, Any], bytes]:
    """Return a model folder's model.json and LiteRT model, whatever an export does meanwhile."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):  # then it is read as it is
        settle(folder)
    while True:
        before = _state(folder)
        try:
            return _read_once(folder)
        except (OSError, ValueError):
            if _state(folder) == before:
                raise


def _state(folder: Path) -> list[Any]:
    """Return what changes whenever an export moves something."""
    places: list[Any] = [located(folder, name) for name in (CARD, MODEL, PROTOTYPES, CONFIDENCE)]
    with contextlib.suppress(OSError):
        places.append(places[0].stat().st_mtime_ns)
    return places


def _read_once(folder: Path) -> tuple[dict[str, Any], bytes]:
    path = located(folder, CARD)
    if not path.is_file():
        raise FileNotFoundError(
            f"{folder} is no model folder: {CARD} is missing; notebook 04_evaluate exports one"
        )
    card, model = checked(path, Card), b""
    for name, expected in {MODEL: None, **card["files"]}.items():
        part = located(folder, name)
        if not part.is_file():
            raise FileNotFoundError(f"{folder / name} is missing: {MEND}")
        if name == MODEL:  # what is checked is what is run
            model = part.read_bytes()
        found = hashlib.sha256(model).hexdigest() if name == MODEL else files.sha256(part)
        if found != expected:
            raise ValueError(
                f"{folder / name} is not the file that {CARD} describes (its SHA-256 differs): "
                f"{MEND}"
            )
    return card, model


def checked(path: Path, schema: type[Card]) -> dict[str, Any]:
    """Return what a model.json says, if it is what the schema asks for; ValueError says what not.

    It is returned as it is, with what the schema does not know.
    """
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path} has {path.stat().st_size:,} bytes, too many for one: {MEND}")
    try:
        card = files.read_json(path)
        json.dumps(card, ensure_ascii=False).encode()  # JSON can tell half a character
    except RecursionError:
        raise ValueError(f"{path} holds no JSON: it is nested too deeply; {MEND}") from None
    except UnicodeEncodeError:
        raise ValueError(f"{path} has half a character, which is none: {MEND}") from None
    except ValueError as error:
        raise ValueError(f"{error}; {MEND}") from None
    needed = {name for name, field in schema.model_fields.items() if field.is_required()}
    if missing := needed - set(card if isinstance(card, dict) else ()):
        raise ValueError(f"{path} lacks {', '.join(sorted(missing))}; export it anew")
    try:
        schema.model_validate(card)
    except ValidationError as error:
        raise ValueError(f"{path}: {_sentence(error.errors()[0])}: {MEND}") from None
    return card


def _sentence(error: Mapping[str, Any]) -> str:
    """Say what is impossible in a card, from one of pydantic's errors."""
    place = ".".join(map(str, error["loc"]))
    return f"{place}={error['input']!r:.60} is impossible: {error['msg'].lower()}"
