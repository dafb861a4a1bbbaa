"""A page with the drawing pad on it, for the browser tests."""

import math
import time

from playwright.sync_api import Page, expect

SECONDS = 60  # how long a server, a kernel or a page may take on a busy machine
expect.set_options(timeout=1000 * SECONDS)


class PadPage:
    """A page with the drawing pad on it, and what a person does and sees there."""

    def __init__(self, page: Page):
        self.page = page
        self.canvas = page.locator(".sketchpad canvas").first
        self.bars = page.locator(".sketchpad li:not([aria-hidden])")
        self.hint = page.get_by_text("Draw something…")

    def wait(self) -> None:
        expect(self.canvas).to_be_visible()
        expect(self.page.get_by_role("button", name="Clear")).to_be_visible()

    def click(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()

    def at(self, x: float, y: float) -> tuple[float, float]:
        """From 0..1 on the paper to a point of the window."""
        self.canvas.scroll_into_view_if_needed()
        box = self.canvas.bounding_box()
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def draw(self, points: list[tuple[float, float]]) -> None:
        """Draw a stroke through points (0..1) with the mouse."""
        points = [self.at(*point) for point in points]
        self.page.mouse.move(*points[0])
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*point)
        self.page.mouse.up()

    def touch(self, points: list[tuple[float, float]]) -> None:
        """Draw a stroke through points (0..1) with a finger."""
        session = self.page.context.new_cdp_session(self.page)
        for kind, point in zip(["touchStart"] + ["touchMove"] * len(points), points, strict=False):
            x, y = self.at(*point)
            session.send(
                "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]}
            )
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

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
