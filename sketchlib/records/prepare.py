"""From the settings' source of drawings to a data set on disk."""

import contextlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from sketchlib.drawing import doodles, my_drawings, quickdraw, strokes
from sketchlib.records import layout, tfrecords
from sketchlib.records.conversion import Choice
from sketchlib.settings import MY_DRAWINGS, Settings

DOODLES, TFRECORDS = "doodles", "tfrecords"


def records(settings: Settings) -> Iterator[quickdraw.Record]:
    """Iterate over the drawings that the settings ask for.

    source "doodles" draws them, a path reads ndjson from it; the user's own drawings follow, all of
    them, where the settings add them. Raises ValueError for an unknown class, FileNotFoundError for
    a path that is not there.
    """
    if settings.path("source") == MY_DRAWINGS:
        my_records(settings)  # says what to do where there are none
    mine = my_records(settings) if settings.my_drawings else []
    words = {record["word"] for record in mine}
    if settings.source == DOODLES:
        drawn = doodles.CLASSES
        names = [name for name in settings.classes or drawn if name in drawn or name not in words]
        count = settings.drawings_per_class or 500
        return chain(doodles.records(names, count, settings.seed), mine)
    return chain(_read(settings, words), mine)


def my_records(settings: Settings) -> list[quickdraw.Record]:
    """Return the drawings that the user has named on the pad, of the wanted classes.

    Raises FileNotFoundError where there are none yet.
    """
    found: list[quickdraw.Record] = []
    with contextlib.suppress(FileNotFoundError):
        found = list(my_drawings.read(MY_DRAWINGS))
    if not found:
        raise FileNotFoundError(
            f"{MY_DRAWINGS} has no drawings yet: name some on the drawing pad of notebook 05_draw "
            "first, ten of each thing or more"
        )
    return [r for r in found if r["word"] in settings.classes or not settings.classes]


def _choice(settings: Settings, elsewhere: set[str]) -> Choice:
    """Return which drawings of the source are wanted; it may lack classes that are `elsewhere`."""
    words, most = frozenset(settings.classes), settings.drawings_per_class
    return Choice(words, most, frozenset(elsewhere), settings.source)


def _read(settings: Settings, elsewhere: set[str]) -> Iterator[quickdraw.Record]:
    """Iterate over the wanted drawings of a path."""
    choice = _choice(settings, elsewhere)
    files, own = _files(settings), settings.path("source") == MY_DRAWINGS
    for record in my_drawings.read(files) if own else quickdraw.read(files):
        if choice.takes(record["word"]):
            yield record
    choice.check()


def _files(settings: Settings) -> Path | list[Path]:
    """Return the source, or only the files of the wanted classes where it has one for each."""
    source = settings.path("source")
    wanted = [source / f"{name}.ndjson" for name in settings.classes]
    return wanted if wanted and all(file.is_file() for file in wanted) else source


def build(settings: Settings) -> Path:
    """Write the settings' data set and return its folder; one of TFRecords is only looked for."""
    folder = settings.path("dataset")
    if settings.source == TFRECORDS:
        if settings.my_drawings:
            raise ValueError(
                "my_drawings=True needs a source that is converted: doodles or a path of ndjson; "
                "TFRecords that are there already are only read"
            )
        layout.read_classes(folder)
        return folder
    drawings: Iterator[quickdraw.Record | quickdraw.Lines]
    if settings.source == DOODLES or settings.path("source") == MY_DRAWINGS:
        drawings, choice = records(settings), None
    else:  # parsing is left to those who convert
        mine = my_records(settings) if settings.my_drawings else []
        drawings = chain(quickdraw.lines(_files(settings)), mine)
        choice = _choice(settings, {record["word"] for record in mine})
    return tfrecords.write(
        drawings,
        folder,
        choice=choice,
        classes=settings.classes or None,
        eval_share=settings.eval_share,
        workers=settings.workers,
    )


def ensure(settings: Settings) -> Path:
    """Return the folder of the settings' data set; the doodles are drawn if they are not there."""
    folder = settings.path("dataset")
    try:
        layout.read_classes(folder)
    except FileNotFoundError:
        if settings.source != DOODLES:
            raise
        return build(settings)
    return folder


def examples(
    settings: Settings, classes: list[str], count: int
) -> dict[str, list[strokes.Drawing]]:
    """Return the first `count` drawings of each class, to look at.

    They are simplified, 0..255, and come from the source; where that is TFRecords, from the ink,
    which has lost the aspect ratio.
    """
    found: dict[str, list] = {name: [] for name in classes}
    missing = count * len(classes)
    for word, drawing in _drawings(settings.model_copy(update={"classes": classes})):
        if len(found.get(word, range(count))) < count:
            found[word].append(drawing)
            missing -= 1
            if not missing:
                break
    return found


def _drawings(settings: Settings) -> Iterator[tuple[str, strokes.Drawing]]:
    """Iterate over (class name, simplified drawing) of the source."""
    if settings.source != TFRECORDS:
        for record in records(settings):
            yield record["word"], strokes.ensure_simplified(record["drawing"])
        return
    from sketchlib.records import dataset  # only here: processes that convert need no TensorFlow

    folder = settings.path("dataset")
    names = layout.read_classes(folder)
    with dataset.damage_told(folder):
        for inks, indices in dataset.load(folder, "training", max_points=None):
            for ink, index in zip(inks.numpy(), indices.numpy(), strict=True):
                drawing = strokes.from_ink(dataset.unpadded(ink))
                yield names[index], [stroke * strokes.BOX for stroke in drawing]
