"""What the pad tells beside its guesses: what the model sees, why it guesses so, and keeping it.

Three panels that a button each opens. What they show is made in a worker thread, of the drawing
that was there when the pen was lifted, and only for the panels that are open.
"""

import html
import os
import threading
from pathlib import Path
from typing import Any, NamedTuple

import ipywidgets as widgets
import numpy as np

from sketchlib.drawing import my_drawings
from sketchlib.drawing.strokes import Drawing
from sketchlib.formats import reader
from sketchlib.pad.paper import close_all
from sketchlib.pad.problems import said
from sketchlib.pad.recogniser import Latest
from sketchlib.pad.sketchpad import SketchPad
from sketchlib.panels import contents
from sketchlib.panels.uploads import upload_manners
from sketchlib.settings import MY_DRAWINGS, ROOT

FILES = ".ndjson,.json,.svg,.png,.jpg,.jpeg"  # that can be opened
THIS_COMPUTER = ("localhost", "127.0.0.1", "::1", "[::1]")  # names that a browser has for its own


class Findings(NamedTuple):
    """What the worker has made: HTML for each open panel, and what went wrong."""

    shown: dict[widgets.HTML, str]
    error: Exception | None = None


class Panels(widgets.VBox):
    """The panels of a pad: `pad.attach(Panels(pad))`.

    `folder` receives the drawings that are kept, None for data/my_drawings.
    """

    def __init__(self, pad: SketchPad, folder: str | Path | None = None):
        self._predictor, self._board = pad.predictor, pad.board
        self._folder = Path(folder) if folder else MY_DRAWINGS
        self._drawing: list[np.ndarray] = []
        self._saved: set[tuple] = set()  # file and content of what has been kept here
        self._worker = Latest(self._find, self._display, "sketch-explainer")
        self._seen, self._why, self._links, self._kept = (widgets.HTML() for _ in range(4))
        self._make_keeping()
        self._openers = [
            self._opener("What it sees", [self._seen]),
            self._opener("Why?", [self._why]),
            self._opener("Keep and open", [self._keeping, self._kept, self._links]),
        ]
        openers = widgets.Box([button for button, _ in self._openers])
        panels = [panel for _, panel in self._openers]
        extras = widgets.HTML(upload_manners(), layout={"display": "none"})
        super().__init__([openers.add_class("sketchpad-openers"), *panels, extras])
        self.add_class("sketchpad-panels")

    def show(self, drawing: list[np.ndarray]) -> None:
        """Show a drawing [n, 3] that has settled; one with too little ink comes as an empty one."""
        if self._drawing and not _share_a_stroke(self._drawing, drawing):
            self._word.value = ""  # it was about another drawing
        self._drawing = drawing
        self.forget()
        self._kept.value = ""
        self._keep.disabled = not drawing
        for part in (self._seen, self._why, self._links):
            if not drawing:
                part.value = contents.NOTHING_YET
            elif part.value in ("", contents.NOTHING_YET, contents.FAILED):
                part.value = contents.ONE_MOMENT
        if drawing:
            self._worker.submit(drawing)

    def forget(self) -> None:
        """Show nothing any more of what is being found about the drawing."""
        self._worker.stop()

    def close(self) -> None:
        """End the worker and close all parts."""
        self.forget()
        for part in self.children:
            close_all(part)
        super().close()

    def _opener(self, title: str, parts: list) -> tuple[widgets.ToggleButton, widgets.Box]:
        """Return the button that opens a panel, and the panel."""
        button = widgets.ToggleButton(description=title).add_class("sketchpad-opener")
        panel = widgets.VBox(parts, layout={"display": "none"}).add_class("sketchpad-panel")

        def toggle(change) -> None:
            panel.layout.display = "" if change.new else "none"
            if change.new:
                self.show(self._drawing)

        button.observe(self._board.safely(toggle), "value")
        return button, panel

    def _make_keeping(self) -> None:
        """Make what a drawing is kept and opened with."""
        # ipywidgets 7 makes HTML of the names, which may be a stranger's.
        names = [name for name in self._predictor.classes if not set(name) & set('<>&"')]
        self._word = widgets.Combobox(description="This was a", placeholder="word", options=names)
        self._keep = widgets.Button(
            description="Keep it", tooltip="Add the drawing to your own data set", disabled=True
        )
        self._file = widgets.FileUpload(
            accept=FILES,
            description="Open a file",
            tooltip="A drawing, a picture or a photo",
            icon="",
        )
        self._keep.on_click(self._board.safely(lambda button: self._save()))
        self._file.observe(self._board.safely(self._open), "value")
        self._keeping = widgets.Box([self._word, self._keep, self._file]).add_class("sketchpad-row")

    def _save(self) -> None:
        """Keep the drawing; a second click on the button must not keep it twice."""
        try:
            path = my_drawings.labelled_path(self._word.value, self._folder)
        except ValueError as error:  # no word, or a very long one
            self._kept.value = (
                f'<p class="sketchpad-problem" role="alert">{html.escape(said(error))}</p>'
            )
            return
        content = (path, *(stroke.tobytes() for stroke in self._drawing))
        again = content in self._saved and path.exists()
        if not again:
            my_drawings.save_labelled(self._drawing, self._word.value, self._folder)
            self._saved.add(content)
        place = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        done = "Already kept" if again else "Kept"
        text = f"{done} as “{self._word.value.strip()}”, {computer()}, in {place}."
        self._kept.value = f'<p role="status">{html.escape(text)}</p>'

    def _open(self, change) -> None:
        """Read a file in a thread of its own: finding the lines of a photo takes a while."""
        if change.new:
            name, content = _uploaded(change.new)
            self._file.set_trait("value", type(change.new)())  # else it can't be opened again
            self._kept.value = f'<p role="status">Opening {html.escape(name)}…</p>'
            work = (content, name)
            threading.Thread(
                target=self._read, args=work, name="sketch-opener", daemon=True
            ).start()

    def _read(self, content: bytes, name: str) -> None:
        try:
            self._board.load(reader.read(content, name))
        except Exception as error:
            self._board.report(error)
            self._kept.value = ""

    def _find(self, drawing: Drawing) -> Findings:
        """Make what the open panels show (in the worker)."""
        shown: dict[widgets.HTML, str] = {}
        makers = {
            self._seen: contents.seen,
            self._why: contents.why,
            self._links: contents.downloads,
        }
        open_ones = [
            part for part, (button, _) in zip(makers, self._openers, strict=True) if button.value
        ]
        try:
            ((name, _),) = self._predictor.top_k(drawing, 1)
            for part in open_ones:
                shown[part] = makers[part](self._predictor, drawing, name)
        except Exception as error:
            return Findings({part: contents.FAILED for part in open_ones} | shown, error)
        return Findings(shown)

    def _display(self, findings: Findings) -> None:
        """Show what was found (called by the worker, in its thread)."""
        for part, value in findings.shown.items():
            part.value = value
        if findings.error is not None:
            self._board.report(findings.error)


def computer() -> str:
    """Say which computer keeps what is kept, as far as the kernel knows (Voilà tells it)."""
    if not os.environ.get("SERVER_SOFTWARE", "").startswith("voila"):
        return "on the computer that runs this notebook"
    name = os.environ.get("SERVER_NAME", "")
    return "on this computer" if name in THIS_COMPUTER else f"on the server {name}"


def _share_a_stroke(one: Drawing, other: Drawing) -> bool:
    return not {stroke.tobytes() for stroke in one}.isdisjoint(s.tobytes() for s in other)


def _uploaded(value: Any) -> tuple[str, bytes]:
    """Return name and content of the file in an upload's value."""
    if isinstance(value, dict):  # of ipywidgets 7, which hosted notebooks still have
        ((name, file),) = value.items()
        return name, bytes(file["content"])
    (file,) = value
    return file["name"], bytes(file["content"])
