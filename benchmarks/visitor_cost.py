"""What a visitor of the drawing pad's web page costs, and how many of them a server holds.

Serves notebook 05 as `make app` does, lets visitors come one after the other and stay, and has each
draw a doodle. Prints the time from the page's request to the first ink, and what the kernel of a
visitor takes; PSS counts memory that kernels share in equal parts.

Then come crowds, without browsers, who all draw at once without a pause: with as many events a
second, each told, or as a browser with our script tells them. Prints how many were told, and how
long after one the last word of the kernel about it arrives.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import _page
import numpy as np
import psutil
from playwright.sync_api import Page

from sketchlib.drawing import doodles, strokes

sys.path.insert(0, str(_page.ROOT / "tests"))
import visiting

CANVAS = ".sketchpad canvas"
FLAGS = [
    "--TagRemovePreprocessor.enabled=True",
    "--TagRemovePreprocessor.remove_cell_tags=notebook-only",
]
SIZE = 400  # of the paper, in CSS pixels
IDLE = 10  # seconds
CROWDS = (  # visitors, events a second of each, and whether only those that the script tells
    *((1, 20, False), (5, 20, False), (10, 20, False), (20, 5, False), (20, 20, False)),
    *((1, 30, True), (5, 30, True), (10, 30, True), (20, 30, True)),
)
DRAWING = 20  # seconds
INKED = """canvas => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
  .data.some((value, index) => index % 4 === 3 && value)"""


def visit(page: Page, address: str) -> float:
    """Open the page and try the pen until there is ink; returns the seconds that took."""
    start = time.perf_counter()
    page.goto(address, wait_until="commit", timeout=1000 * _page.SECONDS)
    canvas = page.locator(CANVAS).first
    canvas.wait_for(timeout=1000 * _page.SECONDS)
    inked = False
    while not inked:
        box = canvas.bounding_box()
        _page.play(page, [np.array([(40, 40), (60, 60), (80, 40)])], (box["x"], box["y"]), 200)
        page.wait_for_timeout(20)
        inked = canvas.evaluate(INKED)
    return time.perf_counter() - start


def doodle() -> list[np.ndarray]:
    """Return a doodle of several seconds, strokes [n, 2] in CSS pixels on the paper."""
    drawing = doodles.draw("sailboat", np.random.default_rng(3))
    low, high = strokes.bounding_box(drawing)
    return [((s[:, :2] - low) / (high - low).max() * 0.8 + 0.1) * SIZE for s in drawing]


def draw(page: Page) -> None:
    box = page.locator(CANVAS).first.bounding_box()
    _page.play(page, doodle(), (box["x"], box["y"]), 60)


def load(kernel: psutil.Process, action) -> float:
    """Return a process's share of one core, in percent, while an action runs."""
    start, before = time.perf_counter(), processor_seconds(kernel)
    action()
    return 100 * (processor_seconds(kernel) - before) / (time.perf_counter() - start)


def processor_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def megabytes(process: psutil.Process) -> tuple[float, float]:
    """Return what a process holds: RSS and PSS (macOS and Windows know no PSS: RSS again)."""
    memory = process.memory_full_info()
    return memory.rss / 1e6, getattr(memory, "pss", memory.rss) / 1e6


def kernels(server: psutil.Process) -> list[psutil.Process]:
    """Return the kernels of a server, oldest first."""
    found = [child for child in server.children(True) if "ipykernel" in " ".join(child.cmdline())]
    return sorted(found, key=psutil.Process.create_time)


async def crowd(address: str, count: int, rate: float, patient: bool) -> tuple[list[float], float]:
    """Have visitors draw all at once; returns the lags, and how long they wait in the end."""
    visitors = [await visiting.visit(address) for _ in range(count)]
    for visitor in visitors:
        await visitor.answer()
        visitor.lags.clear()
    end = time.monotonic() + DRAWING
    sheet = [(2 * stroke).tolist() for stroke in doodle()]  # in canvas pixels

    async def draw_on(visitor: visiting.Visitor) -> None:
        await asyncio.sleep(np.random.default_rng().uniform(0, 1 / rate))
        while True:
            for stroke in sheet:
                await visitor.draw(stroke, rate, patient)
                if time.monotonic() > end:
                    return
            visitor.clear()

    await asyncio.gather(*map(draw_on, visitors))
    begin = time.monotonic()
    for visitor in visitors:
        await visitor.settle()
    return [lag for visitor in visitors for lag in visitor.lags], time.monotonic() - begin


def crowds() -> None:
    """Print a table of the lags of all crowds, each with a server of its own."""
    print("visitors, events a second of each; told; lag: median, 95 %, longest; behind in the end")
    for count, rate, patient in CROWDS:
        with (
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
            visiting.page(Path(folder), f"--visitors={count}") as address,
        ):
            lags, behind = asyncio.run(crowd(address, count, rate, patient))
        told = len(lags) / count / (DRAWING + behind)
        middle, most, longest = (1000 * np.percentile(lags, share) for share in (50, 95, 100))
        how = "script" if patient else "all"
        print(f"{count:4}{rate:4}  {how:6} {told:5.1f} a second", end="")
        print(f"{middle:8.0f}{most:7.0f}{longest:7.0f} ms {behind:6.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", type=int, default=5, help="with a browser; 0: crowds only")
    visitors = parser.parse_args().visitors
    if visitors:
        stay(visitors)
    crowds()


def stay(visitors: int) -> None:
    """Let visitors come with a browser, one after the other, and print what each of them costs."""
    notebook = _page.ROOT / "notebooks" / "05_draw.ipynb"
    waits, drawing_loads = [], []
    with _page.browser() as browser, _page.voila(notebook, *FLAGS) as (address, process):
        server = psutil.Process(process.pid)
        for _ in range(visitors):
            page = browser.new_context().new_page()
            waits.append(visit(page, address))
            drawing_loads.append(load(kernels(server)[-1], partial(draw, page)))
        all_kernels = kernels(server)
        assert len(all_kernels) == visitors, f"{len(all_kernels)} kernels"
        starts = [processor_seconds(kernel) for kernel in all_kernels]
        idle = load(all_kernels[-1], lambda: time.sleep(IDLE))
        held = [megabytes(kernel) for kernel in all_kernels]
        report(waits, held, starts, drawing_loads, idle, megabytes(server))


def report(waits, held, starts, drawing_loads, idle, server) -> None:
    middle = statistics.median
    rest = ", ".join(f"{seconds:.1f}" for seconds in waits[1:])
    print(f"page request to first ink: {waits[0]:.1f} s for the first visitor, then {rest} s")
    rss, pss = (middle(column) for column in zip(*held, strict=True))
    print(f"memory of a kernel: {rss:.0f} MB RSS, {pss:.0f} MB PSS (median of {len(held)})")
    print(f"memory of the server itself: {server[0]:.0f} MB RSS, {server[1]:.0f} MB PSS")
    print(f"a kernel's start and one doodle: {middle(starts):.1f} s of processor time")
    print(
        f"a kernel's load: {middle(drawing_loads):.0f} % of a core while drawing, {idle:.1f} % idle"
    )


if __name__ == "__main__":
    main()
