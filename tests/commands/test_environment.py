"""The commands find or make an environment, on any system, and say what is missing."""

import ast
import json
import os
import shutil
import signal
import subprocess
import sys

import pytest

from sketchlib import __main__ as commands
from sketchlib.commands import environment
from sketchlib.model import export, run_folder
from sketchlib.records import layout

FIT = {
    "version": [3, 12],
    "system": "linux",
    "machine": "x86_64",
    "platform": "linux-x86_64",
    "bits": 64,
    "libc": ["glibc", "2.36"],
    "able": True,
    "path": "python",
}
MAC = {"system": "darwin", "machine": "arm64", "platform": "macosx-11.0-arm64", "libc": ["", ""]}
WINDOWS = {"system": "win32", "machine": "amd64", "platform": "win-amd64", "libc": ["", ""]}


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"version": [3, 11]},
        {"version": [3, 13], "machine": "aarch64", "platform": "linux-aarch64"},
        MAC,
        WINDOWS,
        WINDOWS | {"machine": "arm64"},  # a Python for x86-64 on an ARM processor
    ],
)
def test_these_fit(facts):
    assert environment.obstacle(FIT | facts) is None


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"version": [3, 14]}, r"no wheels for Python 3\.14, and no Python 3\.13, 3\.12, 3\.11 is"),
        ({"version": [3, 8]}, r"no wheels for Python 3\.8"),
        ({"bits": 32}, "no wheels for a 32-bit Python"),
        ({"libc": ["", ""]}, "no wheels for Linux without glibc, such as Alpine"),
        ({"libc": ["glibc", "2.17"]}, r"no wheels for Linux with glibc 2\.17"),
        ({"machine": "riscv64"}, "no wheels for linux on riscv64"),
        (MAC | {"machine": "x86_64"}, "no wheels for Intel Macs"),
        (
            WINDOWS | {"machine": "arm64", "platform": "win-arm64"},
            "no wheels for .* Windows on ARM",
        ),
        ({"system": "freebsd14"}, "no wheels for freebsd14"),
        ({"able": False}, r"apt install python3\.12-venv"),
    ],
)
def test_an_obstacle_is_told_in_a_sentence(facts, sentence):
    with pytest.raises(AssertionError, match=sentence):
        raise AssertionError(environment.obstacle(FIT | facts))


def test_the_facts_of_this_python_are_true():
    facts = environment.facts_of([sys.executable])
    assert facts["version"] == list(sys.version_info[:2]) and facts["bits"] == 64
    assert environment.obstacle(facts) is None
    assert environment.facts_of(["no-such-python"]) is None


@pytest.mark.parametrize(
    "module", ["__init__", "__main__", "commands/environment", "commands/doctor"]
)
def test_an_old_python_can_read_what_tells_it_that_it_is_old(module):
    source = (environment.ROOT / "sketchlib" / f"{module}.py").read_text("utf-8")
    ast.parse(source, feature_version=(3, 8))


@pytest.fixture
def unfit(monkeypatch):
    """Let all Pythons be too new."""
    monkeypatch.setattr(environment, "facts_of", lambda command: FIT | {"version": [3, 14]})


def test_without_a_fitting_python_setup_ends_with_the_sentence(unfit, tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    with pytest.raises(SystemExit, match=r"no wheels for Python 3\.14"):
        environment.set_up()
    assert not list(tmp_path.iterdir())


def test_another_python_is_taken_where_the_callers_does_not_fit(monkeypatch):
    def facts_of(command):
        return FIT | {"version": [3, 12] if command == ["python3.12"] else [3, 14]}

    monkeypatch.setattr(environment, "facts_of", facts_of)
    assert environment.fitting_python()["version"] == [3, 12]


def test_setup_says_how_much_disk_it_needs(monkeypatch, tmp_path):
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(environment, "ROOM", 10**18)
    with pytest.raises(SystemExit, match="GB of free disk here"):
        environment.set_up()


@pytest.fixture
def old_environment(monkeypatch, tmp_path):
    """A .venv of an older lock, and no way to any package."""
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "complete").write_text("of an older lock", "utf-8")
    (tmp_path / "requirements.lock").write_text("nothing==1 --hash=sha256:" + 64 * "0", "utf-8")
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(environment, "LOCK", tmp_path / "requirements.lock")
    for name in ("PIP_NO_INDEX", "UV_OFFLINE", "UV_NO_CONFIG"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    return tmp_path / ".venv"


def test_a_setup_that_fails_says_so_and_leaves_the_old_environment(old_environment):
    assert not environment.is_up_to_date()
    with pytest.raises(SystemExit, match="installation failed"):
        environment.set_up()
    assert [path.name for path in old_environment.iterdir()] == ["complete"]
    assert not old_environment.with_name(".venv.old").exists()


def test_an_environment_that_somebody_else_made_is_left_alone(old_environment):
    (old_environment / "complete").rename(old_environment / "pyvenv.cfg")
    with pytest.raises(SystemExit, match="was not made by this project, and is left as it is"):
        environment.set_up()
    assert [path.name for path in old_environment.iterdir()] == ["pyvenv.cfg"]


def test_one_that_is_half_made_is_made_anew(old_environment):
    (old_environment / "complete").write_text("", "utf-8")
    assert not environment.is_up_to_date()
    with pytest.raises(SystemExit, match="installation failed"):
        environment.set_up()


def test_a_setup_of_this_lock_is_not_repeated(old_environment):
    (old_environment / "complete").write_text(environment._stamp(), "utf-8")
    assert environment.is_up_to_date()


def test_an_environment_that_has_the_project_is_used_as_it_is(monkeypatch, tmp_path):
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(environment, "set_up", lambda: pytest.fail("made another one"))
    assert environment.is_installed()
    assert environment.python() == sys.executable


@pytest.mark.parametrize("url", ["file:///somewhere/else", "https://example.org/x.whl", None])
def test_an_environment_with_another_copy_of_the_project_is_not(monkeypatch, url):
    class Other:
        @property
        def metadata(self):
            return {"Name": environment.PROJECT}

        def read_text(self, name):
            return url and json.dumps({"url": url})

    monkeypatch.setattr(environment.metadata, "distributions", lambda: [Other()])
    assert not environment.is_installed()


def command(*arguments, **options):
    """Run a command where the PATH leads to nothing, neither make nor a shell."""
    return subprocess.run(
        [sys.executable, "-m", "sketchlib", *arguments],
        cwd=environment.ROOT,
        env=os.environ | {"PATH": "", **options},
        capture_output=True,
        encoding="utf-8",
    )


def test_all_commands_are_listed():
    told = command("help").stdout
    assert all(f"\n  {name} " in told for name in commands.COMMANDS)


def make(*arguments):
    """Return what make prints, which may itself have been started by make."""
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=environment.ROOT, capture_output=True, text=True).stdout


with_make = pytest.mark.skipif(not shutil.which("make"), reason="there is no make here")


@with_make
def test_make_alone_lists_them_too():
    told = command("help").stdout
    assert make() == told


def test_an_unknown_command_lists_them_as_well():
    done = command("rnu")
    assert done.returncode == 2 and "  run " in done.stdout


@pytest.mark.parametrize("name", ["run", "app", "data", "archive", "evaluate"])
def test_commands_run_without_make_or_a_shell(name):
    done = command(name, "--help")
    assert done.returncode == 0 and "usage:" in done.stdout, done.stderr


def test_the_exit_code_is_the_commands_own():
    done = command("run", "no-such-config")
    assert done.returncode == 1 and "there is no config file" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_command_that_lacks_its_package_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(commands.environment, "python", lambda: sys.executable)
    monkeypatch.setitem(commands.COMMANDS, "lab", ("", "no_such_package", "lab", []))
    with pytest.raises(SystemExit, match=r"has no no_such_package: .* -m pip install -e .*\[lab\]"):
        commands.main(["lab"])


@with_make
def test_the_makefile_passes_on_what_it_is_given():
    given = ("PYTHON=python", "TOKEN=a b", "NAME=pad.example", "CLASSES=cat 'alarm clock'")
    told = make("--dry-run", *given, "app", "data", "run")
    assert [line.rstrip() for line in told.splitlines()] == [
        "python -m sketchlib app --host 127.0.0.1 --port 8866 --base-url / --visitors 20 "
        "--name 'pad.example' --token 'a b'",
        "python -m sketchlib data --count 1000 --classes cat 'alarm clock'",
        "python -m sketchlib run sample",
    ]


@pytest.mark.parametrize("ours", [True, False])
def test_clean_deletes_only_what_the_commands_made(ours, monkeypatch, tmp_path):
    monkeypatch.setattr(commands, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    data, run = (tmp_path / f"data/{kind}/sample" for kind in ("tfrecords", "runs"))
    made = [
        *(
            data / f"{split}.tfrecord{end}"
            for split in layout.SPLITS
            for end in (".contents", "-0")
        ),
        *(run / name for name in (*run_folder.LEFT, "03_train.ipynb", "report.png", "kernels.log")),
        *(run / "model" / name for name in export.LEFT),
        *(run / "checkpoint-1" / "a", tmp_path / "sketchlib" / "__pycache__" / "run.pyc"),
    ]
    kept = [run / "notes.txt", run / "model" / "mine.h5", run.parent / "mine" / "model.keras"]
    environments = [tmp_path / ".venv" / name for name in ("pyvenv.cfg", "complete")[: 1 + ours]]
    (made if ours else kept).extend(environments)
    for file in [*made, *kept]:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    assert commands.main(["clean"]) == 0
    assert [path for path in made if path.exists()] == [] and not data.exists()
    assert all(path.is_file() for path in kept)


ON_WINDOWS = """
import signal, sys
from sketchlib import __main__ as commands
signal.signal(signal.SIGINT, signal.default_int_handler)
commands.os.name = "nt"  # where no program can take another's place
sys.exit(commands.execute([sys.executable, "-c", sys.argv[1]]))
"""
PATIENT = """
import sys, time
try:
    print("begun", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(1)
    sys.exit(7)
"""


@pytest.mark.skipif(os.name == "nt", reason="a console that can be interrupted is not at hand")
def test_an_interrupted_command_ends_in_its_own_way_on_windows_too():
    """It may be saving a checkpoint: whoever waits for it must not end it."""
    command = [sys.executable, "-c", ON_WINDOWS, PATIENT]
    with subprocess.Popen(
        command, cwd=environment.ROOT, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout.readline().strip() == b"begun"
        os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does, to all in the console
        assert process.wait(timeout=30) == 7


def test_programs_are_where_each_system_has_them(monkeypatch, tmp_path):
    assert environment.program(tmp_path, "python").parent.name in ("bin", "Scripts")
    monkeypatch.setattr(environment.os, "name", "nt")
    windows = environment.program(tmp_path, "python")
    monkeypatch.undo()
    assert windows == tmp_path / "Scripts" / "python.exe"
