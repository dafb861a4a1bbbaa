"""What may stand below a pad: what the model sees, why it guesses so, keeping and opening.

The notebook puts it there; the pad does without.
"""

from sketchlib.panels.panels import Panels

__all__ = ["Panels"]
