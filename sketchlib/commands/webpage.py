"""Serve notebook 05 as a web page: `python -m sketchlib app --port 8900 --token WORD`."""

import argparse
import contextlib
from collections.abc import Sequence

from sketchlib.settings import ROOT

NOTEBOOK = ROOT / "notebooks" / "05_draw.ipynb"
MOST_FILES = 65_536


def flags(arguments: Sequence[str] | None = None) -> list[str]:
    """Return what Voilà is given: the page is for this machine only, unless a proxy passes it on.

    Cells that only the notebook shows are left out. Visitors see no source, no traceback and none
    of the files beside the notebook. A kernel ends two minutes after its visitor has gone.
    """
    parser = argparse.ArgumentParser(prog="python -m sketchlib app", description=__doc__)
    parser.add_argument("--port", type=int, default=8866)
    parser.add_argument("--token", default="", help="a word of your choice, to be let in with")
    parser.add_argument("--base-url", default="/", help="the path that a proxy adds")
    parser.add_argument(
        "--host", action="append", default=[], help="a name by which a proxy is asked for the page"
    )
    parser.add_argument("--visitors", type=int, default=20, help="at a time, each with a kernel")
    parser.add_argument("--no-browser", action="store_true", help="open no browser")
    options = parser.parse_args(arguments)
    return [
        str(NOTEBOOK),
        "--Voila.ip=127.0.0.1",
        f"--port={options.port}",
        f"--base_url={options.base_url}",
        "--server_url=/",
        *([f"--token={options.token}"] if options.token else []),
        *(["--no-browser"] if options.no_browser else []),
        "--strip_sources=True",
        "--show_tracebacks=False",
        "--TagRemovePreprocessor.enabled=True",
        "--TagRemovePreprocessor.remove_cell_tags=notebook-only",
        "--VoilaConfiguration.allow_template_override=NO",  # one that is not there never ends
        "--VoilaConfiguration.allow_theme_override=NO",
        "--VoilaConfiguration.file_denylist=.*",
        *(f"--Page.hosts={host}" for host in options.host),
        "--VoilaConfiguration.multi_kernel_manager_class=sketchlib.commands.visitors.Kernels",
        f"--Kernels.most={options.visitors}",
        "--MappingKernelManager.buffer_offline_messages=False",  # there is no end to them
        "--MappingKernelManager.cull_idle_timeout=120",
        "--MappingKernelManager.cull_interval=10",
    ]


def main() -> None:
    """Serve the page until it is stopped."""
    given = flags()
    from sketchlib.commands.visitors import Page  # takes half a second, and `flags` does without

    allow_many_files()
    Page.launch_instance(given)


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
