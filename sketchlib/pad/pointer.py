"""Mouse, pen and fingers on a canvas, told apart and reduced to three things that a pen does.

ipycanvas says no more of the mouse than where it is: which button was pressed is decided in the
browser (`javascript`). Of fingers it passes all that touch the screen, at every event; only
the first one draws, and a second one neither draws nor ends its stroke.
"""

import math
from collections.abc import Callable

from ipycanvas import Canvas

SAME_FINGER = 40  # canvas pixels; two fingers are never that close, and one at rest does not move

Point = tuple[float, float]


class Pointer:
    """Calls `down(x, y)`, `move(x, y)` and, with the place if it is known, `up([x, y])`.

    `safely` wraps each callback, as for `Board.safely`.
    """

    def __init__(
        self,
        canvas: Canvas,
        safely: Callable[[Callable[..., None]], Callable[..., None]],
        down: Callable[[float, float], None],
        move: Callable[[float, float], None],
        up: Callable[..., None],
    ):
        self._down, self._move, self._up = down, move, up
        self._finger: Point | None = None  # where the finger that draws is
        canvas.on_mouse_down(safely(down))
        canvas.on_mouse_move(safely(move))
        canvas.on_mouse_up(safely(lambda x, y: up()))
        canvas.on_mouse_out(safely(up))  # a button that is released outside says nothing else
        canvas.on_touch_start(safely(self._touch_start))
        canvas.on_touch_move(safely(self._touch_move))
        canvas.on_touch_end(safely(self._touch_end))
        canvas.on_touch_cancel(safely(lambda touches: self._lift()))

    def _touch_start(self, touches: list[Point]) -> None:
        if len(touches) == 1:
            self._finger = touches[0]
            self._down(*self._finger)

    def _touch_move(self, touches: list[Point]) -> None:
        if self._finger is not None:
            self._finger = _nearest(touches, self._finger)
            self._move(*self._finger)

    def _touch_end(self, touches: list[Point]) -> None:
        """Some finger was lifted: was it the one that draws?"""
        if self._finger is None:
            return
        if not touches or math.dist(_nearest(touches, self._finger), self._finger) > SAME_FINGER:
            self._lift()

    def _lift(self) -> None:
        self._finger = None
        self._up()


def _nearest(touches: list[Point], place: Point) -> Point:
    return min(touches, key=lambda touch: math.dist(touch, place))
