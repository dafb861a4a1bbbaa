"""Constants of the tests: where the project is, and a little world made of doodles."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOODLES = ("circle", "square", "triangle", "star", "ladder", "sun")
EVAL_SHARE = 0.3  # a larger share than usual, for there are few drawings
