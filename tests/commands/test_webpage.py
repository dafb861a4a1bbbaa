"""What Voilà is given: the notebook as a page for this machine, and nothing that tells too much."""

import subprocess
import sys

import pytest
from little_world import ROOT

from sketchlib.commands import webpage


def test_the_page_is_the_notebook_and_for_this_machine_only():
    given = webpage.flags([])
    assert given[0] == str(webpage.NOTEBOOK) and webpage.NOTEBOOK.is_file()
    assert {"--Voila.ip=127.0.0.1", "--port=8866", "--base_url=/"} <= set(given)
    assert {"--strip_sources=True", "--show_tracebacks=False"} <= set(given)
    assert not [flag for flag in given if "token" in flag or "browser" in flag]


def test_what_one_asks_for_is_passed_on():
    asked = ["--port", "8900", "--token", "a b=c", "--base-url", "/pad/", "--no-browser"]
    plain, given = set(webpage.flags([])), set(webpage.flags(asked))
    assert given - plain == {"--port=8900", "--token=a b=c", "--base_url=/pad/", "--no-browser"}
    assert plain - given == {"--port=8866", "--base_url=/"}


@pytest.mark.parametrize("asked", [["--port", "many"], ["--prot", "1"], ["notebook.ipynb"]])
def test_what_is_not_understood_is_refused(asked, capsys):
    with pytest.raises(SystemExit, match="2"):
        webpage.flags(asked)
    assert "usage: python -m sketchlib app" in capsys.readouterr().err


UNDERSTOOD = """
from jupyter_server.services.kernels.kernelmanager import MappingKernelManager
from nbconvert.preprocessors import TagRemovePreprocessor
from sketchlib.commands import webpage
from voila.app import Voila
from voila.configuration import VoilaConfiguration

page = Voila()
page.parse_command_line(webpage.flags(["--token", "word", "--no-browser"]))
print(page.extra_args == [str(webpage.NOTEBOOK)], page.ip, page.token, page.open_browser)
sections = dict(page.config)
for kind in (Voila, VoilaConfiguration, TagRemovePreprocessor, MappingKernelManager):
    print(set(sections.pop(kind.__name__)) - set(kind.class_trait_names()))
print(sections)
"""


def test_voila_understands_all_of_it():
    command = [sys.executable, "-c", UNDERSTOOD]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.splitlines() == ["True 127.0.0.1 word False", *["set()"] * 4, "{}"]
    assert "Unrecognized" not in done.stderr
