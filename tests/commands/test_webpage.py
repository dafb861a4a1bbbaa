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
    assert "--VoilaConfiguration.file_denylist=.*" in given and "--Kernels.most=20" in given
    assert not [flag for flag in given if "token" in flag or "browser" in flag or "hosts" in flag]


def test_what_one_asks_for_is_passed_on():
    asked = ["--port", "8900", "--token", "a b=c", "--base-url", "/pad/", "--no-browser"]
    asked += ["--host", "a.example", "--host", "b.example", "--visitors", "5"]
    plain, given = set(webpage.flags([])), set(webpage.flags(asked))
    new = {"--port=8900", "--token=a b=c", "--base_url=/pad/", "--no-browser", "--Kernels.most=5"}
    assert given - plain == new | {"--Page.hosts=a.example", "--Page.hosts=b.example"}
    assert plain - given == {"--port=8866", "--base_url=/", "--Kernels.most=20"}


@pytest.mark.parametrize("asked", [["--port", "many"], ["--prot", "1"], ["notebook.ipynb"]])
def test_what_is_not_understood_is_refused(asked, capsys):
    with pytest.raises(SystemExit, match="2"):
        webpage.flags(asked)
    assert "usage: python -m sketchlib app" in capsys.readouterr().err


UNDERSTOOD = """
from jupyter_server.services.kernels.kernelmanager import MappingKernelManager
from nbconvert.preprocessors import TagRemovePreprocessor
from sketchlib.commands import webpage
from sketchlib.commands.visitors import Kernels, Page
from voila.app import Voila
from voila.configuration import VoilaConfiguration

page = Page()
asked = ["--token", "word", "--no-browser", "--host", "a.example", "--host", "b.example"]
page.parse_command_line(webpage.flags(asked))
print(page.extra_args == [str(webpage.NOTEBOOK)], page.ip, page.token, page.open_browser)
print(page.hosts, page.port)
sections = dict(page.config)
kinds = (Voila, VoilaConfiguration, TagRemovePreprocessor, MappingKernelManager, Kernels, Page)
for kind in kinds:
    print(set(sections.pop(kind.__name__)) - set(kind.class_trait_names()))
print(sections)
"""


def test_voila_understands_all_of_it():
    command = [sys.executable, "-c", UNDERSTOOD]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    first = ["True 127.0.0.1 word False", "['a.example', 'b.example'] 8866"]
    assert done.stdout.splitlines() == [*first, *["set()"] * 6, "{}"]
    assert "Unrecognized" not in done.stderr


def test_as_many_connections_are_let_in_as_the_system_allows():
    resource = pytest.importorskip("resource")
    before, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(before, 512), hard))
        webpage.allow_many_files()
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == min(hard, webpage.MOST_FILES)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before, hard))
