"""■ in a notebook, or Ctrl-C: let it wait until what must not be cut off is done."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Hold an interrupt back until the end of the block, and then let it do what it does.

    Signals reach the main thread alone, so in another one nothing is held.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[tuple[Any, ...]] = []
    before = signal.signal(signal.SIGINT, lambda *arguments: came.append(arguments))
    try:
        yield
    finally:
        # None: somebody else than Python has set it, and Python cannot set it again.
        signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)
        if came:
            signal.raise_signal(signal.SIGINT)
