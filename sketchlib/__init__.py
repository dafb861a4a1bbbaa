"""Recognise what people draw: the names that notebooks and users need, each loaded at first use.

`from sketchlib import dataset, models, Predictor` needs to know nothing of the rooms they live in,
and `import sketchlib` loads nothing.
"""

import importlib

# Where each name lives: a module, or module:member.
_PLACES = {
    "from_notebook": "settings:from_notebook",
    # drawing/: one drawing
    "strokes": "drawing.strokes",
    "quickdraw": "drawing.quickdraw",
    "doodles": "drawing.doodles",
    # records/: data sets
    "prepare": "records.prepare",
    "layout": "records.layout",
    "tfrecords": "records.tfrecords",
    "dataset": "records.dataset",
    # model/: build, train, judge, export
    "keras": "_shared.backend:keras",
    "tf": "_shared.backend:tf",
    "layers": "model.layers",
    "models": "model.models",
    "moments": "model.moments",
    "tested": "model.tested",
    "training": "model.training",
    "hardware": "model.hardware",
    "evaluation": "model.evaluation",
    "calibration": "model.calibration",
    "export": "model.export",
    "live": "model.live",
    # figures/, and what answers a pad
    "figures": "figures",
    "Predictor": "predictor:Predictor",
    "SketchPad": "pad.sketchpad:SketchPad",
}
__all__ = list(_PLACES)

TYPE_CHECKING = False  # what checks types and completes names takes it for true, and reads on
if TYPE_CHECKING:
    from sketchlib import figures as figures
    from sketchlib._shared.backend import keras as keras
    from sketchlib._shared.backend import tf as tf
    from sketchlib.drawing import doodles as doodles
    from sketchlib.drawing import quickdraw as quickdraw
    from sketchlib.drawing import strokes as strokes
    from sketchlib.model import calibration as calibration
    from sketchlib.model import evaluation as evaluation
    from sketchlib.model import export as export
    from sketchlib.model import hardware as hardware
    from sketchlib.model import layers as layers
    from sketchlib.model import live as live
    from sketchlib.model import models as models
    from sketchlib.model import moments as moments
    from sketchlib.model import tested as tested
    from sketchlib.model import training as training
    from sketchlib.pad.sketchpad import SketchPad as SketchPad
    from sketchlib.predictor import Predictor as Predictor
    from sketchlib.records import dataset as dataset
    from sketchlib.records import layout as layout
    from sketchlib.records import prepare as prepare
    from sketchlib.records import tfrecords as tfrecords
    from sketchlib.settings import from_notebook as from_notebook


def __getattr__(name: str):
    """Load a name of the face."""
    if name not in _PLACES:
        raise AttributeError(f"module 'sketchlib' has no attribute {name!r}")
    module, _, member = _PLACES[name].partition(":")
    found = importlib.import_module(f"sketchlib.{module}")
    return getattr(found, member) if member else found


def __dir__():
    return sorted({*globals(), *_PLACES})
