"""How long something takes."""

import time
from collections.abc import Callable

import numpy as np


def median_seconds(work: Callable[[], object], repetitions: int) -> float:
    """Return the median time that `work` takes, in seconds; it is called once more, to warm up."""
    work()
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return float(np.median(times))
