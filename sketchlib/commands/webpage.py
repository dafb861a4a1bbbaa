"""Serve notebook 05 as a web page: `python -m sketchlib app --host 0.0.0.0 --token WORD`."""

import argparse
import contextlib
import ipaddress
import socket
from collections.abc import Sequence
from urllib.parse import quote

from sketchlib.settings import ROOT

NOTEBOOK = ROOT / "notebooks" / "05_draw.ipynb"
MOST_FILES = 65_536


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return what was asked for; a page for other computers must have a token."""
    parser = argparse.ArgumentParser(prog="python -m sketchlib app", description=__doc__)
    parser.add_argument("notebook", nargs="?", default=str(NOTEBOOK), help="another than 05_draw")
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 lets other computers in")
    parser.add_argument("--port", type=int, default=8866)
    parser.add_argument("--token", default="", help="a word of your choice, to be let in with")
    parser.add_argument("--base-url", default="/", help="the path that a proxy adds")
    parser.add_argument(
        "--name", action="append", default=[], help="a name by which a proxy is asked for the page"
    )
    parser.add_argument("--visitors", type=int, default=20, help="at a time, each with a kernel")
    parser.add_argument("--no-browser", action="store_true", help="open no browser")
    asked = parser.parse_args(arguments)
    if not is_loopback(asked.host) and not asked.token:
        parser.error(
            f"at {asked.host} everybody in your network could draw and save drawings on this "
            "computer: choose a token, a long word, with --token (make app TOKEN=some-long-word)"
        )
    return asked


def is_loopback(host: str) -> bool:
    """Tell whether only this computer reaches an address that a server listens at."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def flags(asked: argparse.Namespace) -> list[str]:
    """Return what Voilà is given.

    Cells that only the notebook shows are left out. Visitors see no source, no traceback and none
    of the files beside the notebook. A kernel ends two minutes after its visitor has gone.
    """
    return [
        asked.notebook,
        f"--Voila.ip={asked.host}",
        f"--port={asked.port}",
        f"--base_url={asked.base_url}",
        "--server_url=/",
        *([f"--token={asked.token}"] if asked.token else []),
        *(["--no-browser"] if asked.no_browser else []),
        "--strip_sources=True",
        "--show_tracebacks=False",
        "--TagRemovePreprocessor.enabled=True",
        "--TagRemovePreprocessor.remove_cell_tags=notebook-only",
        "--VoilaConfiguration.allow_template_override=NO",  # one that is not there never ends
        "--VoilaConfiguration.allow_theme_override=NO",
        "--VoilaConfiguration.file_denylist=.*",
        *(f"--Page.names={name}" for name in asked.name),
        "--VoilaConfiguration.multi_kernel_manager_class=sketchlib.commands.visitors.Kernels",
        f"--Kernels.most={asked.visitors}",
        "--MappingKernelManager.buffer_offline_messages=False",  # there is no end to them
        "--MappingKernelManager.cull_idle_timeout=120",
        "--MappingKernelManager.cull_interval=10",
    ]


def link(asked: argparse.Namespace) -> str:
    """Return the link to send to visitors."""
    host = asked.host
    if host in ("0.0.0.0", "::"):  # all addresses of this computer: that in the local network
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            with contextlib.suppress(OSError):  # no network
                probe.connect(("192.0.2.1", 9))  # sends nothing
            host = probe.getsockname()[0]
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{asked.port}/?token={quote(asked.token)}"


def main() -> None:
    """Serve the page until it is stopped."""
    asked = options()
    from sketchlib.commands.visitors import Page  # takes half a second, and `options` does without

    allow_many_files()
    if not is_loopback(asked.host):
        print(f"Send people this link: {link(asked)}", flush=True)
    Page.launch_instance(flags(asked))


def allow_many_files() -> None:
    """Let this process open as many files as the system lets it; a connection is one, too.

    Where the usual thousand are all taken, nobody else is let in.
    """
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows has no such limit
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, MOST_FILES), hard))


if __name__ == "__main__":
    main()
