"""What Voilà is given: the notebook as a page for this machine, and nothing that tells too much."""

import ipaddress
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from little_world import ROOT

from sketchlib.commands import webpage


def given(*arguments: str) -> list[str]:
    return webpage.flags(webpage.options(arguments))


def test_the_page_is_the_notebook_and_for_this_machine_only():
    plain = given()
    assert plain[0] == str(webpage.NOTEBOOK) and webpage.NOTEBOOK.is_file()
    assert {"--Voila.ip=127.0.0.1", "--port=8866", "--base_url=/"} <= set(plain)
    assert {"--strip_sources=True", "--show_tracebacks=False"} <= set(plain)
    assert "--VoilaConfiguration.file_denylist=.*" in plain and "--Kernels.most=20" in plain
    assert not [flag for flag in plain if "token" in flag or "browser" in flag or "names" in flag]


def test_what_one_asks_for_is_passed_on():
    asked = ["--port", "8900", "--token", "a b=c", "--base-url", "/pad/", "--no-browser"]
    asked += ["--name", "a.example", "--name", "b.example", "--visitors", "5", "--host", "0.0.0.0"]
    plain, flags = set(given()), set(given(*asked))
    new = {"--port=8900", "--token=a b=c", "--base_url=/pad/", "--no-browser", "--Kernels.most=5"}
    new |= {"--Page.names=a.example", "--Page.names=b.example", "--Voila.ip=0.0.0.0"}
    assert flags - plain == new
    old = {"--port=8866", "--base_url=/", "--Kernels.most=20", "--Voila.ip=127.0.0.1"}
    assert plain - flags == old
    assert given("mine.ipynb")[0] == "mine.ipynb"


@pytest.mark.parametrize("asked", [["--port", "many"], ["--prot", "1"]])
def test_what_is_not_understood_is_refused(asked, capsys):
    with pytest.raises(SystemExit, match="2"):
        webpage.options(asked)
    assert "usage: python -m sketchlib app" in capsys.readouterr().err


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "school.example"])
def test_other_computers_are_let_in_with_a_token_only(host, capsys):
    with pytest.raises(SystemExit, match="2"):
        webpage.options(["--host", host])
    told = capsys.readouterr().err
    assert f"at {host} everybody" in told and "make app TOKEN=some-long-word" in told
    assert webpage.options(["--host", host, "--token", "word"]).host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_this_computer_needs_no_token(host):
    assert webpage.options(["--host", host]).token == ""


def test_the_link_to_send_has_an_address_and_the_token():
    def link(*arguments: str) -> str:
        return webpage.link(webpage.options(["--token", "a b", *arguments]))

    assert link("--host", "192.168.1.5") == "http://192.168.1.5:8866/?token=a%20b"
    assert link("--host", "::1", "--port", "1") == "http://[::1]:1/?token=a%20b"
    address = urlsplit(link("--host", "0.0.0.0")).hostname
    assert ipaddress.ip_address(address)


UNDERSTOOD = """
from jupyter_server.services.kernels.kernelmanager import MappingKernelManager
from nbconvert.preprocessors import TagRemovePreprocessor
from sketchlib.commands import webpage
from sketchlib.commands.visitors import Kernels, Page
from voila.app import Voila
from voila.configuration import VoilaConfiguration

page = Page()
asked = ["--token", "word", "--no-browser", "--name", "a.example", "--name", "b.example"]
page.parse_command_line(webpage.flags(webpage.options(asked)))
print(page.extra_args == [str(webpage.NOTEBOOK)], page.ip, page.token, page.open_browser)
print(page.names, page.port)
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
