"""Whatever file holds a drawing is known by its content, and any other is refused."""

import gzip
import json
import subprocess
import sys

import numpy as np
import pytest
from little_world import ROOT
from photos import encoded
from strokewise import same

from sketchlib.drawing import doodles, my_drawings, quickdraw, svg
from sketchlib.formats import png, reader

DOTS = [np.array([[n, n]]) for n in range(2_000)]


def test_of_several_drawings_the_first_is_loaded_zipped_or_not(house):
    other = doodles.draw("sun", np.random.default_rng(3))
    content = (my_drawings.to_ndjson(house) + my_drawings.to_ndjson(other)).encode()
    for form in (content, b"\xef\xbb\xbf" + content, b"\n" + content, gzip.compress(content)):
        assert same(reader.read(form, "some.ndjson"), house)


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "^my file is empty$"),
        (b" \n ", "^my file is empty$"),
        (b"%PDF-1.7 ...", "^my file is a PDF"),
        (b"\0\0\0\x18ftypheic\0\0", "^my file is a HEIC"),
        (b"PK\x03\x04abc", "^my file is a ZIP"),
        (b"hello", "neither ndjson"),
        (b"\xff\xff\xff", "neither ndjson"),
        (b"[1, 2]", "neither ndjson"),
        (b"{}", "its first line has no word"),
        (b'{"word": "cat", "drawing": [[[1, 2], [3]]]}', "equally long"),
        (b'{"word": "cat", "drawing": [[[1e999], [3]]]}', "finite"),
        pytest.param(b"{" * 100_000, "not JSON", id="too deep"),
        (b"\x89PNG\r\n\x1a\n", "damaged|no picture"),
        (b"\xff\xd8\xff\xe0 not a JPEG", "damaged|no picture"),
        (b"\x1f\x8b damaged", "compressed data is damaged"),
        (gzip.compress(b"hello"), "neither ndjson"),
        (b"<nothing", "damaged"),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\0\xff", "compressed data is damaged"),
        (b"<?xml version='1.0' encoding='klingon'?><svg/>", "damaged: unknown encoding"),
        (b"<?xml version='1.0' encoding='utf-7'?><svg/>", "damaged"),
        (b"BM\xff\xff" + b"\0" * 60, "damaged|no picture"),
        (b"II*\0\x08\0\0\0\xff\xff" + b"\x01" * 99, "damaged|no picture"),
    ],
)
def test_what_holds_no_drawing_is_refused_in_a_sentence(content, message):
    with pytest.raises(ValueError, match=message) as caught:
        reader.read(content, "my file")
    assert "\n" not in str(caught.value)


def test_a_huge_file_is_refused_unread(monkeypatch):
    monkeypatch.setattr(reader, "MOST_BYTES", 10)
    with pytest.raises(ValueError, match="11 bytes"):
        reader.read(b"{" * 11, "x")


def test_what_cannot_be_recognised_for_its_size_is_refused_with_it():
    dots = np.where(np.maximum.outer(np.arange(640) % 12, np.arange(640) % 12) < 4, 0, 255)
    dots[300:304] = 0
    for content, message in (
        (my_drawings.to_ndjson(DOTS).encode() + b"\n", None),
        (json.dumps({"word": "x", "drawing": [[[1] * 10**5] * 2]}).encode(), "100,000 points"),
        (svg.document([np.zeros((1, 2)) + n for n in range(2_001)]).encode(), "2,001 strokes"),
        (encoded(dots), r"\d,\d{3} strokes, 2,000 at most"),
    ):
        if message:
            with pytest.raises(ValueError, match=f"^x (could not be read: )?.*{message}"):
                reader.read(content, "x")
        else:
            assert len(reader.read(content, "x")) == len(DOTS)


def test_a_zip_bomb_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(quickdraw, "MAX_LINE_BYTES", 1000)
    with pytest.raises(ValueError, match="not JSON"):
        reader.read(gzip.compress(b"{" + b" " * 10_000_000), "x")


def test_without_the_libraries_for_images_it_says_what_to_install(house, monkeypatch):
    for name in ("skimage", "svgpathtools", "defusedxml.ElementTree", "sketchlib.formats.tracing"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delattr("sketchlib.formats.tracing", raising=False)
    for content in (png.to_png(house), svg.document(house).encode()):
        with pytest.raises(ImportError, match=r"pip install -e '\.\[images\]'"):
            reader.read(content, "x")


def test_importing_it_loads_no_slow_library():
    code = "import sys, sketchlib.formats.reader; print({'skimage', 'scipy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "set()", done.stderr
