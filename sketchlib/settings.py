"""Every parameter that a notebook or a config file may set, validated in one place."""

import ast
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sketchlib._shared.words import did_you_mean

ROOT = Path(__file__).resolve().parents[1]  # relative paths are taken from the project's folder
DOWNLOADED = ROOT / "data" / "raw" / "simplified"  # where `make data` puts real drawings
TUTORIAL = ROOT / "data" / "tfrecords" / "tutorial"  # where `make archive` unpacks the tutorial's
MY_DRAWINGS = ROOT / "data" / "my_drawings"  # where the pad keeps what its user has named
# What nothing may be written into, nor around: the project itself, and what its users have.
KEPT = (
    *("notebooks", "sketchlib", "tests", "benchmarks", ".git", ".ci", ".venv"),
    *("data/my_drawings", "data/models/quickdraw", "data/comparisons"),
)
CREDIT = "Quick, Draw! data by Google, Inc., CC BY 4.0"
DOODLES_CREDIT = "procedural doodles of this project"
MY_CREDIT = "the user's own drawings"

# What does not decide the course of a training run: it is continued if nothing but these changed.
NO_MATTER = {
    *("source", "classes", "drawings_per_class", "my_drawings", "eval_share", "workers", "credit"),
    *("run", "jit_compile", "mixed_precision"),
    *("model_folder", "pad_size", "game_rounds", "game_seconds"),
}


class Variation(BaseModel):
    """How much `augmentation` may change a sketch; lengths are shares of its box."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mirrored: float = Field(0.5, ge=0, le=1, description="share of the sketches, left to right")
    stretch: float = Field(0.25, ge=0, description="logarithm of how much wider and less high")
    turn: float = Field(0.25, ge=0, description="radians either way")
    slant: float = Field(0.25, ge=0, description="of the height, either way")
    shift: float = Field(0.03, ge=0, description="of strokes, standard deviation")
    wobble: float = Field(0.01, ge=0, description="of points, standard deviation")
    dropped: float = Field(0.1, ge=0, le=0.5, description="share of the points within strokes")
    reordered: float = Field(0.0, ge=0, le=1, description="share of the sketches, strokes shuffled")
    reversed: float = Field(
        0.0, ge=0, le=1, description="share of the strokes, drawn from their end"
    )
    forgotten: float = Field(0.05, ge=0, le=1, description="share of the strokes after the first")
    unfinished: float = Field(0.4, ge=0, le=1, description="share of the sketches that end early")
    shortest: float = Field(0.3, gt=0, le=1, description="share of the points that those have left")


class Settings(BaseModel):
    """The parameters of all the notebooks; an unknown or impossible one raises ValueError."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # 01_load_data
    source: str = Field("doodles", description="'doodles', or a file or folder of ndjson drawings")
    classes: list[str] = Field([], description="class names to take; empty: all that there are")
    drawings_per_class: int = Field(500, ge=0, description="at most so many; 0: all")
    my_drawings: bool = Field(False, description="add data/my_drawings to the data set")
    eval_share: float = Field(0.1, gt=0, lt=1, description="kept for validation and test")
    workers: int = Field(2, ge=1, le=256, description="processes that convert drawings")
    credit: str = Field("", description="whose data it is; empty: told from the source")
    dataset: str = Field("data/tfrecords/sample", description="folder of TFRecords")

    # 03_train
    training_shards: int = Field(10, ge=1, le=10, description="of the 10, to learn from less data")
    run: str = Field("data/runs/sample", description="folder that receives what a run leaves")
    model: str = Field("conv_lstm", description="name of an architecture")
    init_from: list[str] = Field([], description="runs or model folders to take weights from")
    learn: Literal["all", "new classes"] = Field(
        "all", description="new classes: what init_from knows stays as it is"
    )
    in_proportion: bool = Field(False, description="flat drawings stay flat, not stretched square")
    shortened: bool = Field(False, description="long sketches lose what bends least, not the end")
    augmented: bool = Field(False, description="vary the training sketches a little at every pass")
    variation: Variation = Field(Variation(), description="how much, where not as usual")
    epochs: int = Field(6, ge=1, description="passes over the training sketches")
    batch_size: int = Field(32, ge=1, description="sketches per step")
    steps_per_epoch: int = Field(0, ge=0, description="0: an epoch is one pass over the data")
    optimizer: Literal["sgd", "adamw"] = Field("adamw", description="sgd or adamw")
    learning_rate: float = Field(0.001, gt=0, le=10, description="at the start")
    clipnorm: float = Field(1.0, gt=0, description="longer gradients are shortened to it")
    weight_decay: float = Field(0.0, ge=0, lt=1, description="of adamw")
    schedule: Literal["constant", "cosine"] = Field("constant", description="of the learning rate")
    warmup_steps: int = Field(0, ge=0, description="of cosine, until the learning rate is reached")
    label_smoothing: float = Field(0.0, ge=0, lt=1, description="share given to all classes alike")
    class_weight: Literal["none", "balanced"] = Field(
        "none", description="balanced: rare classes count as much as common ones"
    )
    averaging: float = Field(0.0, ge=0, lt=1, description="of weights; 0.999: over 1,000 steps")
    keep: Literal["last", "best"] = Field("last", description="which epoch's weights; best: top-1")
    seed: int = Field(42, ge=0, description="of weights, shuffling and augmentation")
    jit_compile: Literal["auto", True, False] = Field(
        "auto", description="compile with XLA; auto: where a long run is faster with it"
    )
    mixed_precision: Literal["auto", True, False] = Field(
        "auto", description="compute in bfloat16; auto: where that is faster"
    )

    # 05_draw
    model_folder: str = Field("", description="a model folder; empty: the bundled one")
    pad_size: int = Field(400, ge=100, le=2000, description="pixels")
    game_rounds: int = Field(6, ge=1, le=50, description="things to draw in a game")
    game_seconds: int = Field(20, ge=3, le=600, description="for each of them")

    def __init__(self, **values: Any):
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ValueError("; ".join(map(_sentence, error.errors()))) from None
        if self.keep == "best" and self.averaging:
            raise ValueError(
                f"averaging={self.averaging} and keep='best' exclude each other: averaged weights "
                "are those of the end, so set keep='last'"
            )
        if self.learn == "new classes" and len(self.init_from) != 1:
            raise ValueError(
                f"learn='new classes' needs one model to teach them to, but init_from names "
                f"{len(self.init_from)}: set init_from=['data/models/quickdraw'] or another one"
            )
        if self.learn == "new classes" and self.class_weight == "balanced":
            raise ValueError(
                "learn='new classes' weighs old and new classes itself: set class_weight='none'"
            )
        self._check_folders()

    def changed(self, **values: Any) -> "Settings":
        """Return the same settings with some changed; raises ValueError for impossible ones."""
        return Settings(**{**self.model_dump(), **values})

    def rows(self) -> list[dict[str, str]]:
        """Return a row for each setting: its name, its value, and what it means."""
        values = self.model_dump() | {"variation": self.variation.model_dump(exclude_defaults=True)}
        fields = type(self).model_fields
        return [
            {"setting": name, "value": repr(value), "meaning": str(fields[name].description)}
            for name, value in values.items()
        ]

    def path(self, name: str) -> Path:
        """Return a path setting, taken from the project's folder if it is relative."""
        value = getattr(self, name)
        if "\0" in value:
            raise ValueError(f"{name}={value!r} is impossible: no path has a zero byte")
        try:
            return ROOT / Path(value).expanduser()
        except RuntimeError:  # ~nobody
            raise ValueError(f"{name}={value!r} is impossible: there is no such user") from None

    def _check_folders(self) -> None:
        """Raise ValueError where something would be written into what it must not touch."""
        written = {name: self.path(name).resolve() for name in ("dataset", "run")}
        for name, folder in written.items():
            for kept in (ROOT / place for place in KEPT):
                if folder.is_relative_to(kept) or kept.is_relative_to(folder):
                    raise ValueError(
                        f"{name}={getattr(self, name)!r} is impossible: {kept} is kept as it is, "
                        "so name a folder that is neither in it nor around it"
                    )
        pairs = [("run", "dataset"), ("dataset", "run")]
        if self.source not in ("doodles", "tfrecords"):  # around it may be what comes of it
            pairs += [("dataset", "source"), ("run", "source")]
        for outer, inner in pairs:
            if self.path(inner).resolve().is_relative_to(written[outer]):
                raise ValueError(
                    f"{inner}={getattr(self, inner)!r} is in {outer}={getattr(self, outer)!r}, "
                    "which is written anew as a whole: name a folder beside it"
                )

    def data_credit(self) -> str:
        """Return whose data it is, as it goes into model.json."""
        if self.credit:
            return self.credit
        credit = DOODLES_CREDIT if self.source == "doodles" else CREDIT
        return f"{credit}, and {MY_CREDIT}" if self.my_drawings else credit

    def course(self) -> dict[str, Any]:
        """Return the settings that decide the course of training."""
        return self.model_dump(exclude=NO_MATTER)

    def fingerprint(self, data: str = "") -> str:
        """Return a short hash of what decides the course of training: settings, and the data."""
        text = repr(sorted(self.course().items())) + data
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def _sentence(error: Mapping[str, Any]) -> str:
    """Turn one of pydantic's errors into a sentence that names the setting and the value."""
    name = ".".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        meant = did_you_mean(name, Settings.model_fields)
        hint = f"{meant} The" if meant else "the"
        return f"unknown setting {name!r}: {hint} settings are {', '.join(Settings.model_fields)}"
    return f"{name}={error['input']!r} is impossible: {error['msg'].lower()}"


def from_notebook(namespace: Mapping[str, Any]) -> Settings:
    """Build the settings from a notebook's globals(), right after its parameters cell.

    papermill only warns of a parameter it does not know; here a misspelt one raises ValueError.
    """
    values = {name: namespace[name] for name in Settings.model_fields if name in namespace}
    unknown = {name: None for name in injected(namespace.get("In", [])) if name not in values}
    return Settings(**values, **unknown)


def injected(cells: list[str]) -> list[str]:
    """Return the names that papermill's injected cell, if there is one, assigns."""
    marked = [cell for cell in cells if cell.startswith("# Parameters\n")]
    if not marked:
        return []
    statements = ast.parse(marked[-1]).body
    targets = [s.targets[0] for s in statements if isinstance(s, ast.Assign)]
    return [target.id for target in targets if isinstance(target, ast.Name)]
