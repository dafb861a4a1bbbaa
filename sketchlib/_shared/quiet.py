"""Keep the C++ half of a library from printing what calls for no action."""

import contextlib
import os
from collections.abc import Iterator


@contextlib.contextmanager
def quiet(log: str | os.PathLike = os.devnull) -> Iterator[None]:
    """Write the process's standard error to a file instead; Python's exceptions still pass."""
    try:
        kept = os.dup(2)
    except OSError:
        kept = None
    if kept is None:  # there is none where Windows runs a program without a console
        yield
        return
    try:
        with open(log, "ab") as file:
            os.dup2(file.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
