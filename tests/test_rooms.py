"""The arrows of the house: what each room may import; nothing imports a side room but another."""

import ast
from pathlib import Path

import pytest

import sketchlib

HOUSE = Path(sketchlib.__file__).parent
MAY = {
    "_shared": set(),
    "settings": {"_shared"},
    "drawing": {"_shared"},
    "confidence": set(),
    "predictor": {"_shared", "confidence", "drawing"},
    "records": {"_shared", "settings", "drawing"},
    "model": {"_shared", "settings", "drawing", "records", "confidence", "predictor"},
    "figures": {"_shared", "settings", "drawing", "records", "model", "predictor"},
    "pad": {"_shared", "confidence", "drawing", "predictor"},
    "run": {"_shared", "settings", "model"},
    "__init__": {place.replace(":", ".").split(".")[0] for place in sketchlib._PLACES.values()},
}
SIDE = {"panels", "game", "formats", "experiments", "commands", "__main__"}


def arrows() -> dict[str, set[str]]:
    """Return, by room, the other rooms that are imported there, at the top or within a function."""
    found = {}
    for path in HOUSE.rglob("*.py"):
        room = path.relative_to(HOUSE).with_suffix("").parts[0]
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            if names == ["sketchlib"]:
                names = [f"sketchlib.{alias.name}" for alias in node.names]
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            parts = [name.split(".") for name in names if name and name.startswith("sketchlib.")]
            found.setdefault(room, set()).update({part[1] for part in parts} - {room})
    return found


def test_every_room_is_known():
    assert set(arrows()) == set(MAY) | SIDE


@pytest.mark.parametrize("room", MAY)
def test_a_room_imports_what_it_may(room):
    assert arrows()[room] <= MAY[room]


def test_the_face_leads_to_what_it_names():
    from importlib import util

    for place in sketchlib._PLACES.values():
        assert util.find_spec(f"sketchlib.{place.partition(':')[0]}"), place
    with pytest.raises(AttributeError, match="no_such_name"):
        sketchlib.__getattr__("no_such_name")
    with pytest.raises(ImportError, match="no_such_name"):
        from sketchlib import no_such_name  # noqa: F401


def test_type_checkers_are_led_to_the_same():
    face = ast.parse((HOUSE / "__init__.py").read_text("utf-8"))
    (block,) = (node for node in face.body if isinstance(node, ast.If))
    seen = {
        alias.asname: f"{line.module}.{alias.name}" for line in block.body for alias in line.names
    }
    places = {name: place.replace(":", ".") for name, place in sketchlib._PLACES.items()}
    assert seen == {name: f"sketchlib.{place}" for name, place in places.items()}
