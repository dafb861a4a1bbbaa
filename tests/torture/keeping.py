"""What a process does that keeps drawings until it is killed, and what is there afterwards."""

import contextlib
import sys
import warnings
from pathlib import Path

import killing
import numpy as np

from sketchlib.drawing import my_drawings

FILE_OPERATIONS = {
    *("mkdir", "open", "lstat", "stat", "flock", "fileno", "seek", "read", "write", "truncate"),
    *("fsync", "close", "ftruncate", "replace", "rename", "unlink"),
}


def numbered(number: int) -> list[np.ndarray]:
    """Return a drawing that tells its number, longer than a pipe or a page takes at once."""
    return [np.full((1500, 3), [number, 0.125, 7])]


def word_of(number: int, new: bool) -> str:
    """Return the word that a drawing is kept under: each under a new one, or all under one."""
    return f"word {number}" if new else "cat"


def keep(number: int, folder: Path, new: bool) -> Path:
    """Keep a drawing, and return its file."""
    return my_drawings.save_labelled(numbered(number), word_of(number, new), folder)


def keep_on(folder: Path, new: bool, numbers: range, told) -> None:
    """Keep drawings, and tell of each that is kept."""
    for number in numbers:
        keep(number, folder, new)
        told.send(number)


def keep_and_die(folder: Path, new: bool, operation: int) -> None:
    """Keep a second drawing, but die before an operation on files, counted from 0."""
    left = operation

    def count(frame, event, function):
        nonlocal left
        if event == "c_call" and function.__name__ in FILE_OPERATIONS:
            if not left:
                killing.die()
            left -= 1

    sys.setprofile(count)
    keep(1, folder, new)
    sys.setprofile(None)


def heard(told) -> list[int]:
    """Return the numbers that are still told of, until the end."""
    numbers = []
    with contextlib.suppress(EOFError):
        while True:
            numbers.append(told.recv())
    return numbers


def kept(folder: Path) -> list[int]:
    """Return the numbers of the drawings in a folder; each must be whole, and under its word."""
    numbers = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what a kill has left
        for record in my_drawings.read(folder):
            numbers.append(int(record["drawing"][0][0, 0]))
            assert np.array_equal(record["drawing"][0], numbered(numbers[-1])[0])
            assert record["word"] in (word_of(numbers[-1], True), word_of(numbers[-1], False))
    return numbers
