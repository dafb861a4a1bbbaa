"""The sheet one draws on, and the bars: `SketchPad` is all of it.

`Board` (the sheet) and `Recogniser` (the worker) serve other views as well; `Tabs` shows one of
them at a time.
"""

from sketchlib.pad.board import Board
from sketchlib.pad.recogniser import Recogniser
from sketchlib.pad.sketchpad import SketchPad
from sketchlib.pad.tabs import Tabs

__all__ = ["Board", "Recogniser", "SketchPad", "Tabs"]
