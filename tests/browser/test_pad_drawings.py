"""Whole drawings on the web page: recognised at the speed of a hand, kept, downloaded, opened."""

import base64
import io
import json
import time
from itertools import islice
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from pad_page import PadPage
from photos import drawn, encoded, photographed
from PIL import Image
from playwright.sync_api import Locator, expect

from sketchlib.drawing import doodles, my_drawings, quickdraw, svg
from sketchlib.pad.board import Board
from sketchlib.panels import uploads
from sketchlib.predictor import Predictor
from sketchlib.settings import MY_DRAWINGS

RAW = Path(__file__).parents[3] / "shared" / "quickdraw" / "raw"  # real pens, where there are any
REAL = ("donut", "triangle", "lollipop")
DOODLES = ("umbrella", "snowman")
LONGEST_PAUSE = 100  # ms; people think longer
SURE = 0.5


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.load()


def a_recognised_drawing(name: str, predictor: Predictor) -> list[np.ndarray]:
    """Return a raw drawing, strokes [n, 3], that the model knows for what it is."""
    records = (doodles.record(name, 1, number) for number in range(100))
    if name in REAL:
        records = quickdraw.read(RAW / f"{name}.ndjson")
    for record in islice(records, 100):
        drawing = [np.asarray(stroke, dtype=float) for stroke in record["drawing"]]
        if dict(predictor.top_k(drawing)).get(name, 0) > SURE:
            return drawing
    raise AssertionError(f"the model knows no {name}")


def replay(pad: PadPage, drawing: list[np.ndarray]) -> None:
    """Draw strokes [n, 3] with the mouse, each point when its pen was there."""
    points = np.concatenate(drawing)
    low, size = points[:, :2].min(axis=0), np.ptp(points[:, :2], axis=0).max()
    due = np.cumsum(np.clip(np.diff(points[:, 2], prepend=points[0, 2]), 0, LONGEST_PAUSE)) / 1000
    places = pad.on_screen((0.1 + 0.8 * (points[:, :2] - low) / size).tolist())
    lifts = set(np.cumsum([len(stroke) for stroke in drawing]) - 1)
    pressed, start = False, time.monotonic()
    for index, (place, when) in enumerate(zip(places, due.tolist(), strict=True)):
        time.sleep(max(0, when - (time.monotonic() - start)))
        pad.page.mouse.move(*place)
        if not pressed:
            pad.page.mouse.down()
        pressed = index not in lifts
        if not pressed:
            pad.page.mouse.up()


def test_real_pens_are_recognised(web_pad, predictor):
    pad = web_pad()
    for name in REAL if RAW.is_dir() else DOODLES:
        drawing = a_recognised_drawing(name, predictor)
        replay(pad, drawing)
        pad.wait_for_ink(2000)
        expect(pad.names).to_have_count(5)
        expect(pad.names.get_by_text(name, exact=True)).to_be_visible()
        pad.click("Clear")
        pad.wait_until_blank()


def test_keep_and_download(web_pad, kept, circle, zigzag, tmp_path):
    before = listing(MY_DRAWINGS)
    pad = web_pad()
    pad.click("Keep and open")
    expect(pad.button("Keep it")).to_be_disabled()
    pad.draw(circle)
    pad.draw(zigzag)
    pad.guesses()

    def ready() -> bool:  # the links lag behind the pen, and a click on one that goes is lost
        href = link(pad, "NDJSON").get_attribute("href") or ""
        return len(points(base64.b64decode(href.partition(",")[2]))) == 2

    pad.wait_until(ready, "the link does not give both strokes")
    files = {kind: download(pad, kind, tmp_path) for kind in ("NDJSON", "SVG", "PNG")}
    tags = [element.tag for element in ElementTree.fromstring(files["SVG"]).iter()]
    assert sum(tag.endswith("}path") for tag in tags) == 2
    image = Image.open(io.BytesIO(files["PNG"]))
    assert image.convert("L").getextrema() == (0, 255)

    pad.root.get_by_placeholder("word").fill("fish fork")
    pad.click("Keep it")
    expect(pad.root.get_by_text("Kept as “fish fork”")).to_be_visible()
    (record,) = quickdraw.read(kept)
    assert record["word"] == "fish fork"
    assert [len(stroke) for stroke in record["drawing"]] == points(files["NDJSON"])
    assert listing(MY_DRAWINGS) == before


def points(ndjson: bytes) -> list[int]:
    """Return how many points each stroke of a drawing in a file has."""
    (line,) = ndjson.splitlines()
    return [len(x) for x, _, _ in json.loads(line)["drawing"]]


def link(pad: PadPage, kind: str) -> Locator:
    """Find the link to the drawing as a file of a kind."""
    return pad.root.get_by_role("link", name=kind, exact=True)


def listing(folder: Path) -> list[tuple[str, int]]:
    """Return the files of a folder and their sizes."""
    return sorted((str(path), path.stat().st_size) for path in folder.glob("*"))


def download(pad: PadPage, kind: str, folder: Path) -> bytes:
    """Click on a link and return what the browser then saves."""
    with pad.page.expect_download() as saved:
        link(pad, kind).click()
    path = folder / saved.value.suggested_filename
    assert path.name == f"drawing.{kind.lower()}"
    saved.value.save_as(path)
    return path.read_bytes()


def test_open_a_file(web_pad, circle):
    pad = web_pad()
    pad.click("Keep and open")
    doodle = [np.asarray(s, dtype=float) for s in doodles.record("umbrella", 1, 0)["drawing"]]
    choose(pad, "umbrella.ndjson", my_drawings.to_ndjson(doodle, "umbrella").encode())
    pad.wait_for_ink(1000)
    pad.guesses()
    expect(pad.button("Open a file")).to_have_text("Open a file")
    choose(pad, "holiday.txt", b"Dear diary")
    expect(pad.root.get_by_role("alert")).to_be_visible()
    pad.draw(circle)  # and the pad goes on
    pad.wait_for_ink_at(*circle)
    expect(pad.root.get_by_role("alert")).to_have_count(0)


def test_open_a_picture(web_pad):
    pad = web_pad()
    pad.click("Keep and open")
    doodle = doodles.draw("sun", np.random.default_rng(2))
    photo = encoded(photographed(drawn(doodle, 600, 9)))
    for name, content in {"a.svg": svg.document(doodle).encode(), "b.png": photo}.items():
        choose(pad, name, content)
        pad.wait_for_ink_at(*on_the_sheet(doodle))
        expect(pad.names).to_have_count(5)
        expect(pad.names.get_by_text("sun", exact=True)).to_be_visible()
        pad.click("Clear")
        pad.wait_until_blank()


def test_a_photo_of_any_size_is_opened_and_what_is_no_photo_is_told(web_pad, circle):
    pad = web_pad()
    pad.click("Keep and open")
    doodle = doodles.draw("sun", np.random.default_rng(2))
    sheet = photographed(drawn(doodle, 600, 9)).clip(0, 255).astype(np.uint8)
    photo = Image.fromarray(sheet).resize((4000, 4000))
    grain = np.random.default_rng(0).integers(-9, 10, (4000, 4000))
    content = encoded((np.asarray(photo) + grain).clip(0, 255), "JPEG", quality=100)
    assert len(content) > uploads.MOST_BYTES + 2 * 2**20, "more than the server takes at once"
    for text in (b"x" * len(content), b"\xff\xd8\xff" + b"x" * len(content)):
        choose(pad, "long.txt", text)
        alert = pad.root.get_by_text("and only pictures may have more than 8")
        expect(alert).to_be_visible()
    choose(pad, "photo.jpg", content)
    expect(alert).to_have_count(0)
    pad.wait_for_ink_at(*on_the_sheet(doodle))
    expect(pad.names.get_by_text("sun", exact=True)).to_be_visible()
    pad.draw(circle)
    pad.wait_for_ink_at(*circle)


def on_the_sheet(drawing: list[np.ndarray]) -> list[tuple[float, float]]:
    """Return where each stroke's middle is, 0..1, once the drawing is fitted into the sheet."""
    board = Board()
    middles = [stroke[len(stroke) // 2, :2] for stroke in board.fit(drawing)]
    return (np.array(middles) / board.paper.pixels).tolist()


def choose(pad: PadPage, name: str, content: bytes) -> None:
    """Open a file of this name and content."""
    with pad.page.expect_file_chooser() as chooser:
        pad.click("Open a file")
    chooser.value.set_files({"name": name, "mimeType": "text/plain", "buffer": content})
