"""The lock is of pyproject.toml as it is now, holds for every system, and is made anew whole."""

import ast
import contextlib
import itertools
import sys

import pytest
from declared import PROJECT
from packaging.requirements import Requirement

from sketchlib.commands import lock
from sketchlib.commands.environment import LOCK, PYTHONS

PINS = [
    Requirement(line.removesuffix("\\"))
    for line in LOCK.read_text("utf-8").splitlines()
    if line[0].isalnum()
]
SYSTEMS = {
    "linux": ("posix", "x86_64"),
    "linux on ARM": ("posix", "aarch64"),
    "darwin": ("posix", "arm64"),
    "win32": ("nt", "AMD64"),
}


@pytest.fixture(params=SYSTEMS)
def system(request):
    os_name, machine = SYSTEMS[request.param]
    name = request.param.split()[0]
    return {"sys_platform": name, "os_name": os_name, "platform_machine": machine}


@pytest.fixture(params=PYTHONS)
def surroundings(request, system):
    """What a marker is judged by, on each system with each Python."""
    version = {"python_version": request.param, "python_full_version": f"{request.param}.5"}
    return {**system, **version, "extra": ""}


def test_the_lock_is_of_pyproject_as_it_is_now():
    assert lock.fingerprint() in LOCK.read_text("utf-8"), "`make lock` makes it anew"


def test_the_lock_has_what_pyproject_asks_for(surroundings):
    pins = {pin.name: pin for pin in PINS if not pin.marker or pin.marker.evaluate(surroundings)}
    extras = [PROJECT["optional-dependencies"][extra] for extra in (*lock.EXTRAS, "notebooks")]
    for asked in map(Requirement, itertools.chain(PROJECT["dependencies"], *extras)):
        if asked.name != PROJECT["name"] and (
            not asked.marker or asked.marker.evaluate(surroundings)
        ):
            (pinned,) = pins[asked.name].specifier
            assert pinned.operator == "==" and asked.specifier.contains(pinned.version), asked


def test_the_lock_has_hashes_and_names_no_server():
    text = LOCK.read_text("utf-8")
    assert text.count("--hash=sha256:") > len(PINS) > 100
    assert "://" not in text and "index" not in text.lower().replace("importlib", "")


def test_only_one_kind_of_tensorflow_is_installed(surroundings):
    kinds = ("tensorflow", "tensorflow-cpu")
    found = [p for p in PINS if p.name in kinds and p.marker.evaluate(surroundings)]
    assert len(found) == 1


def test_the_lock_leaves_out_only_what_excludes_the_rest():
    assert set(PROJECT["optional-dependencies"]) - set(lock.EXTRAS) == {"gpu", "notebooks"}


@pytest.fixture
def pyproject(tmp_path, monkeypatch):
    """A copy of pyproject.toml, and a lock beside it, that may be changed."""
    path = tmp_path / "pyproject.toml"
    path.write_text(lock.PYPROJECT.read_text("utf-8"), "utf-8")
    monkeypatch.setattr(lock, "PYPROJECT", path)
    monkeypatch.setattr(lock, "LOCK", tmp_path / "requirements.lock")
    return path


def changed(path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_the_lock_is_of_the_dependencies_and_of_nothing_else(pyproject):
    before = lock.fingerprint()
    changed(pyproject, 'description = "', 'description = "Once more: ')
    changed(pyproject, "[tool.ruff]", "[tool.another]")
    assert lock.fingerprint() == before
    for old, new in [
        ("\ndependencies = [", '\ndependencies = ["another-one<2", '),
        ('requires-python = "', 'requires-python = "!=3.11.0,'),
        ("\napp = [", "\nweb = ["),
    ]:
        changed(pyproject, old, new)
        assert lock.fingerprint() != before
        before = lock.fingerprint()


def test_a_new_lock_says_what_it_is_made_of(pyproject, monkeypatch, capsys):
    asked = []

    def compiled(*options):
        asked.extend(options)
        return "numpy==2.0.0 --hash=sha256:0\n"

    monkeypatch.setattr(lock, "compiled", compiled)
    monkeypatch.setattr(lock.licences, "main", lambda: 0)
    assert lock.main([]) == 0
    head, pins = lock.LOCK.read_text("utf-8").rsplit("\n", 2)[:2]
    assert lock.fingerprint() in head and all(line[0] == "#" for line in head.splitlines())
    assert pins == "numpy==2.0.0 --hash=sha256:0"
    assert {"--universal", "--generate-hashes"} <= set(asked)
    assert "requirements.lock is of today" in capsys.readouterr().out


@pytest.fixture
def uv(monkeypatch):
    """Let a program of a few lines stand in for uv."""

    def make(code: str | None):
        command = [] if code is None else [sys.executable, "-c", code]
        monkeypatch.setattr(lock.environment, "uv", lambda python: contextlib.nullcontext(command))

    return make


def test_uv_is_asked_for_wheels_of_all_extras(uv, pyproject):
    uv("import sys; print(sys.argv[1:])")
    asked = ast.literal_eval(lock.compiled("--universal"))
    assert asked[:2] == ["pip", "compile"] and asked[-1] == str(pyproject)
    assert {"--universal", "--only-binary=:all:"} <= set(asked)
    assert {f"--extra={extra}" for extra in lock.EXTRAS} <= set(asked)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (None, "uv is needed for this"),
        ("raise SystemExit(1)", "No versions satisfy pyproject.toml"),
    ],
)
def test_where_there_can_be_no_lock_the_old_one_stays(uv, pyproject, code, sentence):
    uv(code)
    lock.LOCK.write_text("the old one", "utf-8")
    with pytest.raises(SystemExit, match=sentence):
        lock.main([])
    assert lock.LOCK.read_text("utf-8") == "the old one"
