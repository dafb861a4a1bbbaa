"""Other processes that do a part of the work, and end when the one that they work for does."""

import multiprocessing
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

MOST_WORKERS = 61 if os.name == "nt" else sys.maxsize  # Windows can't wait for more processes
GUARD = 'what a script does must stand below `if __name__ == "__main__":`, or workers be 1'


def check_guarded() -> None:
    """Raise RuntimeError in a worker that does what it should only read, the script it is from."""
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise RuntimeError(f"each worker process begins to do the same again: {GUARD}")


@contextmanager
def pool(workers: int) -> Iterator[Executor | None]:
    """Give an executor of so many other processes, or None where one, this, is to do the work."""
    if workers == 1:
        yield None
        return
    with ProcessPoolExecutor(
        min(workers, MOST_WORKERS),
        # Not fork: TensorFlow's threads would be copied in an unknown state.
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_end_with_parent,
    ) as executor:
        try:
            yield executor
        except BaseException:
            executor.shutdown(cancel_futures=True)  # and wait for the rest
            raise


def mapped(
    function: Callable, arguments: Iterable, executor: Executor | None, workers: int
) -> Generator[Any]:
    """Map in order and lazily, here or by an executor with only a few arguments in flight.

    Raises RuntimeError where a process of its dies.
    """
    if executor is None:
        yield from map(function, arguments)
        return
    pending: deque[Future] = deque()
    try:
        for argument in arguments:
            pending.append(executor.submit(function, argument))
            if len(pending) > 2 * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    except BrokenProcessPool:
        raise RuntimeError(
            f"the worker processes have died: {GUARD}; if that is so, memory has run out, and "
            "fewer workers need less"
        ) from None


def _end_with_parent() -> None:
    """End this process when its parent has: it would wait for work for ever."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
