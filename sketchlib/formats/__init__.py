"""Drawings from files of any kind: ndjson, SVG, pictures and photos of sketches; and PNG out.

The extra "images" brings what SVG and photos need.
"""

from sketchlib.drawing.my_drawings import to_ndjson
from sketchlib.formats.png import to_png
from sketchlib.formats.reader import read

__all__ = ["read", "to_ndjson", "to_png"]
