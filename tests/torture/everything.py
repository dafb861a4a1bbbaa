"""All trials, in the order of the table."""

import importlib

for name in ("writing", "downloading", "learning", "opening", "serving"):
    importlib.import_module(name)
