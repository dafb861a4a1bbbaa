"""One drawing: where it comes from, and its geometry, from the pen's points to ink.

It knows of no data set and no model.
"""
