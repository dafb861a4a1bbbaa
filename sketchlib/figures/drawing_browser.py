"""A widget to leaf through drawings and watch each one being drawn: `DrawingBrowser(examples)`."""

import random
from collections.abc import Mapping, Sequence

import ipywidgets as widgets
import numpy as np

from sketchlib._shared.colors import order_colors
from sketchlib.drawing import strokes, svg

FRAME_MILLISECONDS = 40  # between two points of the playback
SIZE, MARGIN = 300, 20  # pixels of the page


class DrawingBrowser(widgets.VBox):
    """Shows one drawing at a time: choose a class, shuffle, play it stroke by stroke.

    examples: for each class name, its drawings, as `prepare.examples` returns them. first: the
    class to begin with, if it is among them.
    Raises ValueError if there are none.
    """

    def __init__(
        self, examples: Mapping[str, Sequence[strokes.Drawing]], first: str = "", seed: int = 0
    ):
        self.examples = {name: drawings for name, drawings in examples.items() if drawings}
        if not self.examples:
            raise ValueError("there is nothing to browse: give at least one drawing")
        self._random = random.Random(seed)
        self.chosen = widgets.Dropdown(options=list(self.examples), description="Class")
        if first in self.examples:
            self.chosen.value = first
        self.shuffle = widgets.Button(description="Another one", icon="random")
        self.paper = widgets.HTML()
        self.caption = widgets.HTML()
        self.play = widgets.Play(interval=FRAME_MILLISECONDS, show_repeat=False)
        self.slider = widgets.IntSlider(readout=False, layout={"width": f"{SIZE - 160}px"})
        widgets.jslink((self.play, "value"), (self.slider, "value"))

        self.chosen.observe(lambda _: self.show_another(), "value")
        self.shuffle.on_click(lambda _: self.show_another())
        self.slider.observe(lambda _: self._draw(), "value")
        top = widgets.HBox([self.chosen, self.shuffle])
        super().__init__([top, self.paper, widgets.HBox([self.play, self.slider]), self.caption])
        self.show_another()

    def show_another(self) -> None:
        """Show a drawing of the chosen class, not the same one again where there are others."""
        drawings = self.examples[self.chosen.value]
        others = [d for d in drawings if d is not getattr(self, "drawing", None)]
        self.drawing = self._random.choice(others or drawings)
        points = sum(map(len, self.drawing))
        for control in (self.play, self.slider):
            control.min, control.max, control.value = 0, points, points
        self._draw()

    def _draw(self) -> None:
        """Draw as many points as the slider says."""
        points = self.slider.value
        label, colors = f"A drawing of {self.chosen.value}", order_colors(len(self.drawing))
        self.paper.value = svg.inline(self.drawing, label, colors, SIZE, MARGIN, most=points)
        begun = np.cumsum([0, *map(len, self.drawing[:-1])]) < points
        strokes_text = f"stroke {begun.sum()} of {len(self.drawing)}"
        self.caption.value = f"{strokes_text}, point {points} of {self.slider.max}"
