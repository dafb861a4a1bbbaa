"""What the browser is told in JavaScript: whole, and with whatever text there is in it."""

import json
import re
from html.parser import HTMLParser

import pytest
from sheets import widgets_of

from sketchlib.pad import javascript
from sketchlib.pad.board import Board


def html_of(widget):
    return getattr(widget, "value", "") if isinstance(getattr(widget, "value", ""), str) else ""


def test_every_key_that_is_let_through_is_explained_and_none_is_missing(pad):
    words = {"e": "E eraser", "c": "C clear", "r": "R replay", "escape": "Esc leave"}
    help_line = [part.value for part in widgets_of(pad) if 'sketchpad-keys">' in html_of(part)]
    assert len(help_line) == 1
    for key in {key.lower() for key in javascript.KEYS} - {"delete"}:
        assert words[key] in help_line[0]


def test_the_sheet_has_a_name_for_those_who_cannot_see_it():
    board = Board(label='Draw "here" & <now>')
    assert "<now>" not in board._extras.value
    assert "Draw \\&quot;here\\&quot; &amp; &lt;now&gt;" in board._extras.value
    board.close()


class Image(HTMLParser):
    """Reads an HTML image's attributes as a browser would."""

    def __init__(self, text: str):
        super().__init__()
        self.seen = []
        self.feed(text)
        ((self.tag, self.attributes),) = self.seen

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))


PLACEHOLDERS = re.compile(r"\b(ROOT|PARTS|BODY|KEYS|PATIENCE|EVERY|DETOUR|CORNER)\b")
SCRIPTS = {
    "sheet": javascript.sheet_manners("Sheet to draw on"),
    "pad": javascript.pad_manners({".sketchpad-buttons": {"role": "toolbar"}}),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_comes_as_an_image_that_nobody_sees(name):
    image = Image(SCRIPTS[name])
    assert image.tag == "img" and image.attributes["src"] == "data:,"
    assert "hidden" in image.attributes and image.attributes["alt"] == ""
    script = image.attributes["onerror"]
    assert "setAttribute" in script and not PLACEHOLDERS.search(script)
    for opening, closing in ("()", "[]", "{}"):
        assert script.count(opening) == script.count(closing)


def test_parts_and_keys_reach_the_script_as_they_are():
    parts = {".a > .b": {"aria-label": 'BODY of "KEYS"</script> & <more>'}}
    script = Image(javascript.pad_manners(parts)).attributes["onerror"]
    assert json.dumps(parts) in script and '".sketchpad"' in script
    script = Image(SCRIPTS["sheet"]).attributes["onerror"]
    assert json.dumps(javascript.KEYS) in script and '".sketchpad-board"' in script
    assert '"aria-label": "Sheet to draw on"' in script and '"tabindex": "0"' in script
