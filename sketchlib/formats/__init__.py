"""Drawings from files of any kind: ndjson, SVG, pictures and photos of sketches; and PNG out.

The extra "images" brings what SVG and photos need.
"""
