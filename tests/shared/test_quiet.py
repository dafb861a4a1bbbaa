"""Standard error is silent for a while, also to a library's C++ half, which knows no sys.stderr."""

import subprocess
import sys

from little_world import ROOT

START = "import os\nfrom sketchlib._shared.quiet import quiet\n"


def run(code: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", START + code], cwd=ROOT, capture_output=True, text=True
    )


def test_only_what_is_said_meanwhile_is_not_heard():
    done = run("with quiet():\n  os.write(2, b'noise')\nos.write(2, b'news')")
    assert (done.stderr, done.returncode) == ("news", 0)


def test_it_goes_to_a_file_if_one_is_named(tmp_path):
    log = tmp_path / "log"
    run(f"with quiet({str(log)!r}):\n  os.write(2, b'noise')")
    assert log.read_bytes() == b"noise"


def test_exceptions_pass():
    done = run("with quiet():\n  raise ValueError('a sentence')")
    assert "ValueError: a sentence" in done.stderr and done.returncode == 1


def test_a_program_without_standard_error_is_quiet_anyway():
    done = run("os.close(2)\nwith quiet():\n  print('done')")
    assert (done.stdout, done.returncode) == ("done\n", 0)
