"""Serve notebook 05 as a web page: `python -m sketchlib app --port 8900 --token WORD`."""

import argparse
from collections.abc import Sequence

from sketchlib.settings import ROOT

NOTEBOOK = ROOT / "notebooks" / "05_draw.ipynb"


def flags(arguments: Sequence[str] | None = None) -> list[str]:
    """Return what Voilà is given: the page is for this machine only, unless a proxy passes it on.

    Cells that only the notebook shows are left out. Visitors see no source and no traceback, and
    kernels that nobody looks at any more end after ten minutes.
    """
    parser = argparse.ArgumentParser(prog="python -m sketchlib app", description=__doc__)
    parser.add_argument("--port", type=int, default=8866)
    parser.add_argument("--token", default="", help="a word of your choice, to be let in with")
    parser.add_argument("--base-url", default="/", help="the path that a proxy adds")
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
        "--MappingKernelManager.cull_idle_timeout=600",
        "--MappingKernelManager.cull_interval=60",
    ]


def main() -> None:
    """Serve the page until it is stopped."""
    from voila.app import main as voila  # takes half a second, and `flags` does without

    voila(flags())


if __name__ == "__main__":
    main()
