"""A page with the drawing pad on it, for the browser tests."""

import math
import time
from collections.abc import Callable, Iterable

from playwright.sync_api import Locator, Page, expect

SECONDS = 60  # how long a server, a kernel or a page may take on a busy machine
NEAR = 0.03  # of the paper's width: how far from a point its ink may be, as corners get round
expect.set_options(timeout=1000 * SECONDS)

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}

Point = tuple[float, float]


class PadPage:
    """A page with the drawing pad on it, and what a person does and sees there."""

    def __init__(self, page: Page, view: int = 0):
        self.page = page
        self.root = page.locator(".sketchpad").nth(view)
        self.canvas = self.root.locator(".sketchpad-paper canvas").first
        self.bars = self.root.locator("li:not([aria-hidden])")
        self.names = self.bars.locator(".sketchpad-name")
        self.hint = self.root.get_by_text("Draw something…")
        self._fingers = None

    def wait(self) -> None:
        """Wait until one may draw: a notebook moves its cells on once they come into view."""
        expect(self.canvas).to_be_visible()
        expect(self.button("Clear")).to_be_visible()
        place = None
        while place != (place := self.canvas.bounding_box()):
            self.canvas.scroll_into_view_if_needed()
            self.page.wait_for_timeout(500)

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def click(self, name: str) -> None:
        self.button(name).click()

    def on_screen(self, points: Iterable[Point]) -> list[Point]:
        """From 0..1 on the paper to points of the window."""
        box = self.canvas.bounding_box()
        return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]

    def draw(self, points: list[Point], button: str = "left") -> None:
        """Draw a stroke through points (0..1) with the mouse."""
        self.canvas.scroll_into_view_if_needed()
        points = self.on_screen(points)
        self.page.mouse.move(*points[0])
        self.page.mouse.down(button=button)
        for point in points[1:]:
            self.page.mouse.move(*point)
        self.page.mouse.up(button=button)

    def touch(self, points: list[Point]) -> None:
        """Draw a stroke through points (0..1) with a finger."""
        self.fingers("touchStart", points[0])
        for point in points[1:]:
            self.fingers("touchMove", point)
        self.fingers("touchEnd")

    def fingers(self, kind: str, *points: Point) -> None:
        """Tell the browser where fingers (0..1 on the paper) now touch the screen."""
        if self._fingers is None:
            self._fingers = self.page.context.new_cdp_session(self.page)
        touches = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(self.on_screen(points))]
        self._fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def press(self, keys: str) -> None:
        """Press keys while the sheet has the focus."""
        self.canvas.focus()
        self.page.keyboard.press(keys)

    def inked(self, x: float, y: float) -> bool:
        """Tell whether there is ink at, or very near, a point (0..1)."""
        return self.canvas.evaluate(
            """(canvas, [x, y, near]) => {
                 const radius = near * canvas.width;
                 const pixels = canvas.getContext("2d").getImageData(x * canvas.width - radius,
                   y * canvas.height - radius, 2 * radius, 2 * radius).data;
                 return pixels.some((value, index) => index % 4 == 3 && value > 0);
               }""",
            [x, y, NEAR],
        )

    def wait_until(self, met: Callable[[], bool], wanted: str) -> None:
        """Wait until something is met; `wanted` says what."""
        deadline = time.monotonic() + SECONDS
        while not met():
            assert time.monotonic() < deadline, wanted
            self.page.wait_for_timeout(100)

    def wait_for_ink_at(self, *points: Point) -> None:
        """Wait until there is ink at all these points."""
        self.wait_until(
            lambda: all(self.inked(*point) for point in points), f"no ink at some of {points}"
        )

    def ink(self) -> int:
        """How many pixels of the canvas are inked."""
        return self.canvas.evaluate(
            """canvas => {
                 const pixels = canvas.getContext("2d")
                   .getImageData(0, 0, canvas.width, canvas.height).data;
                 let inked = 0;
                 for (let index = 3; index < pixels.length; index += 4) inked += pixels[index] > 0;
                 return inked;
               }"""
        )

    def wait_for_ink(self, at_least: int = 1, at_most: float = math.inf) -> int:
        """Wait until that many pixels are inked and their number rests; returns it."""
        deadline = time.monotonic() + SECONDS
        before, now = -1, self.ink()
        while before != now or not at_least <= now <= at_most:
            assert time.monotonic() < deadline, f"{now} pixels are inked"
            self.page.wait_for_timeout(200)
            before, now = now, self.ink()
        return now

    def guesses(self) -> list[str]:
        """The text of the bars, once all five are there."""
        expect(self.bars).to_have_count(5)
        return self.bars.all_inner_texts()

    def wait_for_other_guesses(self, guesses: list[str]) -> None:
        """Wait until the bars say something else."""
        expect(self.bars).not_to_have_text(guesses, use_inner_text=True)

    def wait_until_blank(self) -> None:
        """Wait until there is no ink and there are no bars."""
        self.wait_for_ink(0, 0)
        expect(self.bars).to_have_count(0)
        expect(self.hint).to_be_visible()
