"""The keys that a sheet answers to while it has the focus; `javascript.KEYS` lets them through."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sketchlib.pad.board import Board


def press(board: Board, key: str, shift: bool, control: bool, meta: bool) -> None:
    """Do what a key says: Ctrl+Z, Ctrl+Y, C, R, Esc; at rest, a sheet only lets go of the focus."""
    key = key.lower()
    if key == "escape":
        leave = getattr(board.paper.canvas, "blur", None)
        if leave:  # ipywidgets 7 has no way
            leave()
    elif not board.enabled:
        return
    elif control or meta:
        if key == "y" or (key == "z" and shift):
            board.redo()
        elif key == "z":
            board.undo()
    elif key in ("c", "delete"):
        board.clear()
    elif key == "r":
        board.replay()
