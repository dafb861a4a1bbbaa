"""Files that are there whole or not at all."""

import contextlib
import hashlib
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

# Seconds to wait for other programs: Windows moves nothing that one has open, and a virus scanner
# looks at whatever is new.
PATIENCE = 5.0 if os.name == "nt" else 0.0


class Busy(OSError):
    """Somebody else is at work in the same place; the message says who, and what to do."""


@contextlib.contextmanager
def alone(path: str | Path, doing: str) -> Iterator[None]:
    """Be the only process that does something to a file or folder, as `doing="trains in"` it.

    Whoever comes second is told who is there, by Busy. The lock lies beside `path`, and frees
    itself when the process that holds it dies.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    owner = path.with_name(f".{path.name}.owner")  # not in the lock: Windows lets nobody read that
    lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        who = _name_in(owner)
        raise Busy(f"{who} {doing} {path}: wait for it, or name another place") from None
    try:
        since = time.strftime("%Y-%m-%d %H:%M")
        owner.write_text(
            f"process {os.getpid()} on {socket.gethostname()}, since {since},", "utf-8"
        )
        yield
    finally:
        for left in (owner, Path(lock.lock_file)):  # Windows keeps the lock until its release
            with contextlib.suppress(OSError):
                left.unlink()
        lock.release()


def _name_in(owner: Path) -> str:
    """Return who holds a lock; whoever has it since just now has yet to write that."""
    for _ in range(10):
        with contextlib.suppress(OSError):
            if who := owner.read_text("utf-8"):
                return who
        time.sleep(0.02)
    return "another process"


@contextlib.contextmanager
def replaced(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside `path`, with the same ending, and move it there on success.

    What is moved is on the disk, so that after a power cut, too, there is the old file or the new.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        yield temporary
        sync(temporary)
        move(temporary, path)
    finally:
        with contextlib.suppress(PermissionError):  # Windows keeps what is still open
            temporary.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Wait until a file is on the disk, as it must be before it replaces another."""
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


def move(old: Path, new: Path) -> None:
    """Move a file, over the one that is there if there is one, or a folder to where there is none.

    Raises PermissionError if another program has it open for longer, on Windows.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            os.replace(old, new)
            return
        except PermissionError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(0.1)


def write_json(path: str | Path, value: Any) -> None:
    """Write a value as readable JSON."""
    with replaced(path) as temporary:
        text = json.dumps(value, indent=1, ensure_ascii=False) + "\n"
        temporary.write_text(text, "utf-8", newline="\n")  # the same bytes on every system


def read_json(path: str | Path) -> Any:
    """Read a JSON file; ValueError names a file that holds none."""
    try:
        return json.loads(Path(path).read_text("utf-8"))
    except ValueError as error:  # no JSON, or not even text
        raise ValueError(f"{path} holds no JSON: {error}") from None


def sha256(path: str | Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
