"""What has arrived of a file that is downloaded, and what the disk has against it."""

import contextlib
import os
from collections.abc import Iterator
from errno import EDQUOT, ENOSPC
from pathlib import Path

from tqdm import tqdm

from sketchlib._shared.files import move, sync
from sketchlib.records.remote import DownloadError, Remote


class Part:
    """The first bytes of a remote file, in `<file>.part`; beside it is noted of which version.

    Raises FileExistsError where something else than a file lies at one of these places, as a link
    does, which would lead to a file elsewhere.
    """

    def __init__(self, file: Path):
        self.file = file
        self.path = file.with_name(f"{file.name}.part")
        self.note = file.with_name(f"{file.name}.part.version")
        for path in (self.file, self.path, self.note):
            if path.is_symlink() or (path.exists() and not path.is_file()):
                raise FileExistsError(f"{path} is no file of its own: move it to another folder")

    @property
    def size(self) -> int:
        """How many bytes have arrived."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def version(self) -> str | None:
        """What the server said of the version that these bytes are of, None if nobody knows."""
        return self.note.read_text("utf-8", "replace") if self.size and self.note.exists() else None

    def lengthen(self, remote: Remote, stop: int | None = None, bar: tqdm | None = None) -> None:
        """Append the bytes of the remote file up to `stop`, or all of them."""
        with self.path.open("ab") as file:
            noted = self.version
            for block in remote.blocks(file.tell(), stop):
                if remote.version and remote.version != noted:
                    noted = remote.version
                    self.note.write_text(noted, "utf-8")
                file.write(block)
                if bar is not None:
                    bar.update(len(block))

    def drop(self) -> None:
        """Delete what has arrived, and the note first: without a part, nobody would look for it."""
        self.note.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def finish(self) -> None:
        """Give the file its own name, for all of it has arrived."""
        sync(self.path)
        self.note.unlink(missing_ok=True)
        move(self.path, self.file)


def check_folder(folder: Path) -> None:
    """Raise FileExistsError where something else lies in the place of a folder."""
    if os.path.lexists(folder) and not folder.is_dir():
        raise FileExistsError(f"{folder} is there already and is no folder: name another one")


@contextlib.contextmanager
def disk_told(folder: Path) -> Iterator[None]:
    """Turn what the disk refuses, as room or the right to write, into a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno is None:  # a sentence already
            raise
        remedy = "make room" if error.errno in (ENOSPC, EDQUOT) else "mend that"
        raise DownloadError(
            f"{error.filename or folder}: {error.strerror}; {remedy} or name another folder; what "
            "arrived is kept, so run it again to go on"
        ) from error
