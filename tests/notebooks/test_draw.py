"""Notebook 05 shows what a model folder says, which may be a stranger's, as plain text."""

import ast
from html.parser import HTMLParser
from types import SimpleNamespace

import nbformat
import pytest

from sketchlib.settings import ROOT

CELLS = nbformat.read(ROOT / "notebooks" / "05_draw.ipynb", as_version=4).cells
HOSTILE = "</b></pre><img src=x onerror=alert(1)><script>alert(2)</script>"
PREDICTOR = SimpleNamespace(
    name=HOSTILE,
    classes=[HOSTILE, "cat"],
    card={"credit": HOSTILE},
    top_k=lambda drawing: [(HOSTILE, 0.5), ("cat", 0.25)],
)


@pytest.fixture(scope="module")
def names() -> dict:
    """What the first cells define, and a stranger's model."""
    defined = {"__name__": "notebook"}
    for word in ("model_folder =", "from_notebook(globals())"):
        run(word, defined)
    return defined | {"predictor": PREDICTOR}


def run(word: str, names: dict):
    """Run the one cell that has this in it, and return what it shows."""
    (source,) = [c.source for c in CELLS if c.cell_type == "code" and word in c.source]
    *statements, last = ast.parse(source).body
    if not isinstance(last, ast.Expr):
        return exec(source, names)
    exec(compile(ast.Module(statements, []), word, "exec"), names)
    return eval(compile(ast.Expression(last.value), word, "eval"), names)


def tags(text: str) -> set[str]:
    """Return the tags that a browser finds in a text."""
    found: set[str] = set()
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: found.add(tag)
    parser.feed(text)
    return found


def test_the_models_name_classes_and_credit_are_text(names):
    run("search =", names)
    pages = [names["found"].value]
    for word in ("SCRIPT", "cat", "", "dog"):
        names["search"].value = word
        pages.append(names["found"].value)
    assert all(tags(page) == {"p"} for page in pages)
    assert [page.count("&lt;script&gt;") for page in pages] == [1, 1, 0, 1, 0]
    assert "cat" in pages[2] and "I do not know that" in pages[4]


def test_the_small_pads_guesses_are_text(names):
    run("Canvas(", names)
    names["down"](0, 0)
    names["move"](9, 9)
    names["up"](9, 9)
    assert tags(names["guesses"].value) == {"pre", "br"}
    assert "&lt;script&gt;" in names["guesses"].value
