import gzip
import io
import json
import re
import subprocess
import sys
import threading
from xml.etree import ElementTree

import numpy as np
import pytest
from little_world import ROOT
from PIL import Image

from sketchlib.drawing import doodles, my_drawings, quickdraw, strokes, svg
from sketchlib.formats import png, reader

SVG = '<svg xmlns="http://www.w3.org/2000/svg">{}</svg>'


@pytest.fixture
def house() -> list[np.ndarray]:
    return doodles.draw("house", np.random.default_rng(3))


def same(one, other, atol=0.0) -> bool:
    return len(one) == len(other) and all(
        np.allclose(a, b, rtol=0, atol=atol) for a, b in zip(one, other, strict=True)
    )


def xy(drawing) -> list[np.ndarray]:
    return [stroke[:, :2] for stroke in drawing]


# --- ndjson --------------------------------------------------------------------------------------


def test_ndjson_brings_everything_back(house):
    text = my_drawings.to_ndjson(house, "house")
    assert text.endswith("\n") and text.count("\n") == 1
    record = quickdraw.parse(text)
    assert record["word"] == "house" and record["drawing"][0].shape[1] == 3
    assert same(reader.read(text.encode(), "house.ndjson"), house)


def test_its_fields_are_those_of_the_official_files(house):
    fields = json.loads(my_drawings.to_ndjson(house, "house"))
    official = ["word", "countrycode", "timestamp", "recognized", "key_id", "drawing"]
    assert list(fields) == official and fields["recognized"] is None
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} UTC", fields["timestamp"])


def test_a_drawing_without_times_or_with_some_is_kept_without(house):
    for drawing in (xy(house), [house[0][:, :2], *house[1:]]):
        assert same(reader.read(my_drawings.to_ndjson(drawing).encode(), "x"), xy(house), atol=1e-3)


def test_of_several_drawings_the_first_is_loaded_zipped_or_not(house):
    other = doodles.draw("sun", np.random.default_rng(3))
    content = (my_drawings.to_ndjson(house) + my_drawings.to_ndjson(other)).encode()
    for form in (content, b"\xef\xbb\xbf" + content, b"\n" + content, gzip.compress(content)):
        assert same(reader.read(form, "some.ndjson"), house)


# --- SVG -----------------------------------------------------------------------------------------


def test_svg_has_a_path_for_each_stroke_and_comes_back(house):
    text = svg.document([*house, np.array([[5.0, 5.0]])], "a <house>")
    root = ElementTree.fromstring(text)
    space = "{http://www.w3.org/2000/svg}"
    assert root.find(f"{space}title").text == "a <house>" and root.get("role") == "img"
    assert len(root.findall(f".//{space}path")) == len(house) + 1
    back = reader.read(text.encode(), "house.svg")
    assert same(back[:-1], xy(house), atol=0.0051) and back[-1].tolist() == [[5, 5], [5, 5]]


def test_the_view_box_holds_the_drawing_and_its_pen(house):
    x, y, width, height = map(float, re.search(r'viewBox="(.*?)"', svg.document(house))[1].split())
    low, high = strokes.bounding_box(house)
    assert (low > [x, y]).all() and (high < [x + width, y + height]).all()
    assert width < 1.2 * (high - low)[0] + 0.2 * (high - low)[1]


@pytest.mark.parametrize(
    "shape, expected",
    [
        ('<path d="M1 2 L3 4 H9 V8 Z"/>', [[1, 2], [3, 4], [9, 4], [9, 8], [1, 2]]),
        ('<path d="m1 2 l2 2 h6 v4 z"/>', [[1, 2], [3, 4], [9, 4], [9, 8], [1, 2]]),
        ('<path d="M1,2 3,4-5.5.5"/>', [[1, 2], [3, 4], [-5.5, 0.5]]),
        ('<line x1="1" y1="2" x2="3" y2="4"/>', [[1, 2], [3, 4]]),
        ('<polyline points="1,2 3,4 5 6"/>', [[1, 2], [3, 4], [5, 6]]),
        ('<polygon points="1,2 3,4 5,6"/>', [[1, 2], [3, 4], [5, 6], [1, 2]]),
        ('<rect x="1" y="2" width="3" height="4"/>', [[1, 2], [4, 2], [4, 6], [1, 6], [1, 2]]),
        (
            '<g transform="translate(10 20)"><g transform="scale(2)">'
            '<path transform="rotate(90)" d="M0 0 L1 0"/></g></g>',
            [[10, 20], [10, 22]],
        ),
    ],
)
def test_lines_of_svg(shape, expected):
    (stroke,) = reader.from_svg(SVG.format(shape))
    assert stroke == pytest.approx(np.array(expected), abs=1e-9)


@pytest.mark.parametrize(
    "shape",
    [
        '<circle cx="7" cy="8" r="5"/>',
        '<ellipse cx="7" cy="8" rx="5" ry="5"/>',
        '<path d="M2 8 A5 5 0 0 1 12 8 a5 5 0 0 1 -10 0 Z"/>',
        '<g transform="matrix(5 0 0 5 7 8)"><circle r="1"/></g>',
    ],
)
def test_round_shapes_are_sampled_finely(shape):
    (stroke,) = reader.from_svg(SVG.format(shape))
    assert np.hypot(*(stroke - [7, 8]).T) == pytest.approx(5, abs=1e-6)
    assert len(stroke) > 50 and np.hypot(*np.diff(stroke, axis=0).T).max() < 0.5


@pytest.mark.parametrize(
    "path, middle",
    [
        ("M0 0 C0 10 10 10 10 0", [5, 7.5]),
        ("M0 0 Q5 10 10 0", [5, 5]),
        ("M-10 0 Q-5 -10 0 0 T10 0", [5, 5]),
        ("M-10 0 C-10 -10 0 -10 0 0 S10 10 10 0", [5, 7.5]),
    ],
)
def test_curves_go_where_they_should(path, middle):
    (stroke,) = reader.from_svg(SVG.format(f'<path d="{path}"/>'))
    assert stroke[-1] == pytest.approx([10, 0])
    assert np.hypot(*(stroke - middle).T).min() < 0.1


def test_pen_lifts_within_a_path_and_the_order_of_shapes_are_kept():
    shapes = '<circle r="1"/><path d="M1 1 L2 2 M5 5 L6 6"/><g><line x2="3"/></g><path d="M9 9H8"/>'
    drawing = reader.from_svg(SVG.format(shapes))
    assert [stroke[-1].tolist() for stroke in drawing[1:]] == [[2, 2], [6, 6], [3, 0], [8, 9]]


def test_what_is_not_seen_is_left_out():
    hidden = (
        '<rect width="100%" height="100%"/><rect width="9" height="9" fill="white"/>'
        '<defs><path d="M0 0H9"/></defs><g display="none"><path d="M0 0H9"/></g><text>hi</text>'
    )
    assert len(reader.from_svg(SVG.format(hidden + '<path d="M1 1H2"/>'))) == 1


@pytest.mark.parametrize(
    "text, message",
    [
        (SVG.format(""), "draws no lines"),
        (SVG.format('<path d="M0 0"/>'), "draws no lines"),
        (SVG.format('<path d="M0 0 L hello"/>'), "<path> cannot be read"),
        (SVG.format('<path d="M0 0 L1e400 0"/>'), "too large"),
        pytest.param(
            SVG.format(f'<path d="M0 0{" H1 H2" * 20_000}"/>'), "points: simplify it", id="points"
        ),
        pytest.param(
            SVG.format(f'<path d="M0 0{"a1 1 0 0 1 2 2" * 2_000}"/>'),
            "arcs: simplify it",
            id="arcs",
        ),
        pytest.param("<svg>" + " " * 3_000_000 + "</svg>", "bytes", id="too long"),
        ("<svg><path", "damaged"),
        ("<html><body/></html>", "root is <html>"),
        ('<!DOCTYPE svg [<!ENTITY a "M0 0H9">]><svg><path d="&a;"/></svg>', "entities"),
        ('<!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>', "entities"),
    ],
)
def test_svg_that_cannot_be_read_is_refused_in_a_sentence(text, message):
    with pytest.raises(ValueError, match=message):
        reader.from_svg(text)
    with pytest.raises(ValueError, match=r"^a\.svg could not be read: .*" + message):
        reader.read(text.encode(), "a.svg")


def test_groups_may_lie_deep():
    (stroke,) = reader.from_svg(
        "<svg>" + "<g>" * 5_000 + '<line x2="1"/>' + "</g>" * 5_000 + "</svg>"
    )
    assert stroke.tolist() == [[0, 0], [1, 0]]


# --- PNG -----------------------------------------------------------------------------------------


def test_png_is_white_with_the_drawing_in_the_middle(house):
    image = Image.open(io.BytesIO(png.to_png(house, 200)))
    assert image.format == "PNG" and image.size == (200, 200)
    gray = np.asarray(image.convert("L"))
    assert gray.min() < 10 and gray[[0, -1]].min() == 255 and gray[:, [0, -1]].min() == 255
    assert len(np.unique(gray)) > 20, "antialiased"
    rows, columns = np.nonzero(gray < 128)
    assert max(np.ptp(rows), np.ptp(columns)) == pytest.approx(180, abs=3)
    assert rows.min() + rows.max() == pytest.approx(199, abs=3)


def test_a_dot_and_a_thicker_pen_are_seen():
    dot = np.asarray(Image.open(io.BytesIO(png.to_png([[[5, 5]]], 100, thickness=10))))
    assert (dot < 128).sum() == pytest.approx(np.pi * 25, rel=0.15)


def test_a_png_comes_back_as_strokes():
    drawing = reader.read(png.to_png([[[0, 0], [100, 100]], [[0, 100], [100, 0]]], 300), "x")
    assert len(drawing) == 2 and all(stroke.shape[1] == 2 for stroke in drawing)


def test_an_empty_drawing_is_refused_everywhere(tmp_path):
    for write in (svg.document, png.to_png, my_drawings.to_ndjson):
        for empty in ([], [np.zeros((0, 3))]):
            with pytest.raises(ValueError, match="no points"):
                write(empty)
    with pytest.raises(ValueError, match="no points"):
        my_drawings.save_labelled([], "cat", tmp_path)
    assert not list(tmp_path.iterdir())


# --- load ----------------------------------------------------------------------------------------


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


# --- save_labelled -------------------------------------------------------------------------------


def test_saved_drawings_are_read_as_a_data_set(house, tmp_path):
    folder = tmp_path / "data" / "mine"
    path = my_drawings.save_labelled(house, "house", folder)
    assert path == folder / "house.ndjson" == my_drawings.save_labelled(xy(house), "house", folder)
    my_drawings.save_labelled(house, "hut", folder)
    first, second, hut = quickdraw.read(folder)
    assert [first["word"], second["word"], hut["word"]] == ["house", "house", "hut"]
    assert same(first["drawing"], house) and same(second["drawing"], xy(house), atol=1e-3)
    assert len({first["key_id"], second["key_id"], hut["key_id"]}) == 3
    assert next(quickdraw.read(folder))["key_id"] == first["key_id"]


@pytest.mark.parametrize(
    "word, name",
    [
        ("  fire   truck ", "fire truck"),
        ("čajník", "čajník"),
        ("c\u030cajni\u0301k", "čajník"),
        ("寿司 🍣", "寿司 🍣"),
        ("../../etc/passwd", "_._.._etc_passwd"),
        ("..", "__"),
        ("a\\b:c", "a_b_c"),
        ("a\0b\nc", "a b c"),
        ("NUL", "NUL_"),
        ("con .d", "con_ .d"),
        ("com1.x", "com1_.x"),
        ("con man", "con man"),
    ],
)
def test_any_word_makes_a_file_in_the_folder(house, tmp_path, word, name):
    folder = tmp_path / "mine"
    path = my_drawings.save_labelled(house, word, folder)
    assert path.parent == folder and path.name == f"{name}.ndjson" and path.is_file()
    (record,) = quickdraw.read(path)
    assert "\n" not in record["word"] and "\0" not in record["word"]
    assert {p.name for p in tmp_path.iterdir()} == {"mine"}


@pytest.mark.parametrize("word, message", [(" \n", "needs a word"), ("", "word"), ("x" * 99, "99")])
def test_a_word_that_is_none_is_refused(house, tmp_path, word, message):
    with pytest.raises(ValueError, match=message):
        my_drawings.save_labelled(house, word, tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_longest_word_of_the_widest_letters_fits_a_file_name(house, tmp_path):
    assert my_drawings.save_labelled(house, "🍣" * my_drawings.MOST_LETTERS, tmp_path).is_file()


def test_half_a_line_that_a_crash_left_does_not_spoil_the_next(house, tmp_path):
    path = my_drawings.save_labelled(house, "house", tmp_path)
    whole = path.read_bytes()
    for rest in (whole + whole[:50], whole[:50]):
        path.write_bytes(rest)
        my_drawings.save_labelled(house, "house", tmp_path)
        records = list(quickdraw.read(path, max_bad_share=0))
        assert len(records) == 1 + (len(rest) > len(whole))


def test_a_full_disk_leaves_what_was_there(house, tmp_path, monkeypatch):
    path = my_drawings.save_labelled(house, "house", tmp_path)
    before = path.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        my_drawings.save_labelled(house, "house", tmp_path)
    assert path.read_bytes() == before


SAVER = """
import sys, numpy as np
from sketchlib.drawing import my_drawings
who, folder = int(sys.argv[1]), sys.argv[2]
sys.stdin.readline()  # so that all begin together
for number in range(200):
    points = np.full((1500, 3), [who, number, 0.125])  # longer than a pipe or a page takes at once
    my_drawings.save_labelled([points], "cat", folder)
"""


def test_two_processes_that_save_at_once_lose_nothing(tmp_path):
    command = [sys.executable, "-c", SAVER]
    savers = [
        subprocess.Popen([*command, str(who), str(tmp_path)], stdin=subprocess.PIPE, cwd=ROOT)
        for who in (1, 2)
    ]
    for saver in savers:
        saver.stdin.write(b"\n")
        saver.stdin.flush()
    assert [saver.wait(timeout=120) for saver in savers] == [0, 0]
    records = list(quickdraw.read(tmp_path / "cat.ndjson", max_bad_share=0))
    found = {tuple(record["drawing"][0][0, :2].astype(int)) for record in records}
    assert len(records) == 400 and found == {(who, n) for who in (1, 2) for n in range(200)}
    assert len({record["key_id"] for record in records}) == 400


def test_threads_lose_nothing_either(house, tmp_path):
    def save():
        for _ in range(20):
            my_drawings.save_labelled(house, "house", tmp_path)

    threads = [threading.Thread(target=save) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(quickdraw.read(tmp_path, max_bad_share=0))) == 80
