"""The pad in JupyterLab with models that are slow, stuck or broken, and with a busy kernel."""

import itertools
import re
from pathlib import Path

import nbformat
import pytest
from pad_page import PadPage
from playwright.sync_api import Locator, expect

STAND_INS = """
import threading, time
from sketchlib.pad.sketchpad import SketchPad

free = threading.Event()

def told(drawing):
    return f"{len(drawing)} strokes, the last of {len(drawing[-1])} points"

class Model:
    classes = ["cat"]

    def top_k(self, drawing, k=5, unfinished=False):
        return [(told(drawing), 1.0)]

class SlowModel(Model):  # and stuck, until one sets it free
    def top_k(self, drawing, k=5, unfinished=False):
        free.wait()
        time.sleep(0.3)
        return super().top_k(drawing, k, unfinished)

class BrokenModel(Model):
    def top_k(self, drawing, k=5, unfinished=False):
        if len(drawing) == 2:
            raise RuntimeError("two strokes are too much")
        return super().top_k(drawing, k, unfinished)
"""
WORKERS_END = """
names, deadline = ["?"], time.monotonic() + 60
while names and time.monotonic() < deadline:
    time.sleep(0.1)
    names = [thread.name for thread in threading.enumerate() if thread.name.startswith("sketch")]
print("still at work:", names)
"""
LINE = [(0.1 + 0.8 * step / 29, 0.1) for step in range(30)]


class Lab:
    """A notebook in JupyterLab, made of the stand-ins and some more cells."""

    def __init__(self, pad: PadPage):
        self.pad = pad
        self.cells = pad.page.locator(".jp-Notebook .jp-CodeCell")

    def menu(self, item: str) -> None:
        self.pad.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.pad.page.get_by_role("menuitem", name=item, exact=True).click()

    def run(self, cell: int) -> None:
        """Start a cell."""
        self.cells.nth(cell).locator(".cm-content").click()
        self.pad.page.keyboard.press("Control+Enter")

    def output(self, cell: int) -> Locator:
        return self.cells.nth(cell).locator(".jp-OutputArea-output")


@pytest.fixture
def open_lab(lab, served, open_pad, token, request):
    """Open a notebook of these cells after the stand-ins, and run the first few."""

    def open_page(*cells: str, run: int) -> Lab:
        path = Path("notebooks") / f"{request.node.name}.ipynb"
        notebook = nbformat.v4.new_notebook(
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}},
            cells=[nbformat.v4.new_code_cell(source.strip()) for source in (STAND_INS, *cells)],
        )
        nbformat.write(notebook, served / path)
        address = f"{lab}/lab/workspaces/{request.node.name}/tree/{path.name}?token={token}"
        page = Lab(open_pad(address, viewport={"width": 1280, "height": 3000}))
        expect(page.pad.page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()
        for cell in range(run):
            page.run(cell)
        page.pad.wait()
        return page

    return open_page


def test_two_views_and_a_busy_kernel(open_lab, circle, zigzag):
    cells = ["pad = SketchPad(Model(), size=300)\npad", "pad"]
    cells += [
        "print('asleep', flush=True); time.sleep(3); print('awake')",
        "print(told(pad.drawing))",
    ]
    page = open_lab(*cells, run=3)
    one, other = page.pad, PadPage(page.pad.page, 1)
    other.wait()
    one.draw(circle)
    other.draw(zigzag)
    for view in (one, other):
        view.wait_for_ink_at(*circle, *zigzag)
        expect(view.names).to_have_text("2 strokes, the last of 17 points")

    page.run(3)
    expect(page.output(3)).to_contain_text("asleep")
    one.draw(LINE)
    expect(page.output(3)).to_contain_text("awake")
    for view in (one, other):
        view.wait_for_ink_at(*LINE, *circle)
        expect(view.names).to_have_text(re.compile("3 strokes, the last of"))
    page.run(4)
    expect(page.output(4)).to_have_text(re.compile("3 strokes, the last of"))

    one.click("Clear")
    for view in (one, other):
        view.wait_until_blank()


def test_slow_model_and_a_cell_run_again(open_lab, circle, zigzag):
    make = "pad = SketchPad(SlowModel(), size=300)\npad"
    page = open_lab(make, "free.set()", WORKERS_END, run=2)
    pad = page.pad
    for stroke in (circle, zigzag, LINE):
        pad.draw(stroke)
        pad.wait_for_ink_at(*stroke)
    expect(pad.bars).to_have_count(0)  # no answer yet, but all the ink
    page.run(2)
    expect(pad.names).to_have_text(re.compile("3 strokes, the last of"))

    pad.draw(circle)
    page.run(1)
    pad.wait()
    pad.wait_until_blank()
    page.run(3)
    expect(page.output(3)).to_have_text("still at work: []")
    pad.draw(zigzag)
    pad.wait_for_ink_at(*zigzag)
    expect(pad.names).to_have_text("1 strokes, the last of 17 points")
    expect(page.pad.page.locator(".sketchpad")).to_have_count(1)


def test_broken_model(open_lab, circle, zigzag):
    page = open_lab("SketchPad(BrokenModel(), size=300)", run=2)
    pad, problem = page.pad, page.pad.root.get_by_role("alert")
    for count, stroke in zip(itertools.count(1), (circle, zigzag, LINE), strict=False):
        pad.draw(stroke)
        pad.wait_for_ink_at(*stroke)
        if count == 2:
            expect(problem).to_have_text("RuntimeError: two strokes are too much")
            expect(pad.bars).to_have_count(0)
        else:
            expect(pad.names).to_have_text(re.compile(f"{count} strokes, the last of"))
            expect(problem).to_have_count(0)


def test_after_a_restart_of_the_kernel_the_pad_says_so(open_lab, circle):
    page = open_lab("pad = SketchPad(Model(), size=300)\npad", run=2)
    page.pad.draw(circle)
    page.pad.wait_for_ink_at(*circle)
    page.pad.page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.pad.page.get_by_role("menuitem", name=re.compile("^Restart Kernel…")).click()
    page.pad.page.get_by_role("button", name="Confirm Kernel Restart").click()
    banner = page.pad.root.locator(".sketchpad-lost")
    expect(banner).to_have_text(re.compile("kernel does not answer.*run this cell again"))

    for cell in (0, 1):
        page.run(cell)
    page.pad.wait()
    expect(banner).to_have_count(0)
    page.pad.draw(circle)
    page.pad.wait_for_ink_at(*circle)
    expect(page.pad.names).to_have_text(re.compile("1 strokes, the last of"))
