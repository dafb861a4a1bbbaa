"""Fetch Quick, Draw! data: some drawings of any classes, or the tutorial's archive of TFRecords.

Only the bytes that are needed travel (HTTP Range). They are written to a `.part` beside their
destination, checked, and moved into place; after a break, the same call goes on where it stopped.
`python -m sketchlib.records.downloads --help` shows the same two functions as a command.
"""

import argparse
import hashlib
import json
import os
import shutil
import sys
import tarfile
import tempfile
import zlib
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import quote, urlsplit

import requests
from tqdm import tqdm

from sketchlib._shared.files import move
from sketchlib.drawing.quickdraw import CLASSES, check_classes
from sketchlib.records.remote import DownloadError, Remote
from sketchlib.settings import CREDIT, DOWNLOADED, TUTORIAL

DRAWINGS_URL = "https://storage.googleapis.com/quickdraw_dataset/full"
ARCHIVE_URL = "http://download.tensorflow.org/data/quickdraw_tutorial_dataset_v1.tar.gz"
ARCHIVE_SIZE = 1_065_301_781
ENDINGS = [".classes", *(f"-{shard:05}-of-00010" for shard in range(10))]
ARCHIVE_FILES = {f"{split}.tfrecord{end}" for split in ("training", "eval") for end in ENDINGS}
ROOM = 2.3  # the archive and what is unpacked from it, over the archive

CHUNK_BYTES = 2**23  # asked for at once at most, so that nonsense is noticed early
SPARE_BYTES = 2**14  # asked for beyond the estimate; another request would cost more
LINE_BYTES = {"simplified": 450, "raw": 4000}  # the mean, until a file shows its own


def download_drawings(
    classes: Sequence[str],
    count: int,
    folder: str | os.PathLike,
    *,
    raw: bool = False,
    base_url: str = DRAWINGS_URL,
    progress: bool = True,
) -> list[Path]:
    """Download the first `count` drawings of each class, and return the files, one per class.

    Each is `<folder>/<class>.ndjson`, the official file's first `count` lines, or all it has. A
    file that already holds as many is left alone, one that holds fewer is extended.
    Raises ValueError for an unknown class or a file that is something else, DownloadError where
    the server does not answer, or with anything but drawings of that class.
    """
    check_classes(classes)
    if count < 1:
        raise ValueError(f"count is {count}; ask for at least one drawing per class")
    layout = "raw" if raw else "simplified"
    files = {name: Path(folder) / f"{name}.ndjson" for name in classes}
    Path(folder).mkdir(parents=True, exist_ok=True)
    with (
        requests.Session() as session,
        tqdm(total=len(files) * count, unit=" drawings", disable=not progress) as bar,
    ):
        for name, file in files.items():
            bar.set_description(name)
            remote = Remote(session, f"{base_url}/{layout}/{quote(name)}.ndjson")
            _download_class(remote, file, count, name, layout, bar)
    return list(files.values())


def _download_class(
    remote: Remote, file: Path, count: int, name: str, layout: str, bar: tqdm
) -> None:
    lines = size = 0
    if file.exists():
        lines, size, fault = _scan(file, 0, count, name, layout)
        if fault:
            raise ValueError(f"{file}: line {lines + 1:,} {fault}; move it to another folder")
    if lines == count:
        bar.update(count)
        return
    if _size(_part(file)) < size:
        shutil.copyfile(file, _part(file))
    _extend(remote, _part(file), count, name, layout, bar)
    move(_part(file), file)


def _part(file: Path) -> Path:
    return file.with_name(f"{file.name}.part")


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _extend(remote: Remote, part: Path, count: int, name: str, layout: str, bar: tqdm) -> None:
    """Lengthen a file, which holds the first bytes of the remote one, to `count` whole lines."""
    lines = size = 0
    with part.open("ab") as file:
        while True:
            file.flush()
            more, size, fault = _scan(part, size, count - lines, name, layout)
            lines += more
            bar.update(more)
            if fault:
                file.truncate(size)
                raise DownloadError(f"{remote.url}: line {lines + 1:,} {fault}; try again later")
            have = file.tell()
            ended = remote.size is not None and have >= remote.size
            if lines == count or (ended and have == size):
                break
            if ended:  # whoever wrote the remote file left its last line open
                file.write(b"\n")
                continue
            line_bytes = size / lines if lines else LINE_BYTES[layout]
            chunk = min(CHUNK_BYTES, int((count - lines) * line_bytes) + SPARE_BYTES)
            for block in remote.blocks(have, have + chunk):
                file.write(block)
        file.truncate(size)
    if not lines:
        raise DownloadError(f"{remote.url} is empty; try again later")


def _scan(path: Path, start: int, count: int, name: str, layout: str) -> tuple[int, int, str]:
    """Return how many whole lines from byte `start`, up to `count`, are sound drawings of that
    class, the byte where they end, and what is wrong with the next line.
    """
    lines = 0
    with path.open("rb") as file:
        file.seek(start)
        while lines < count and (line := file.readline()):
            if not line.endswith(b"\n") and len(line) < CHUNK_BYTES:
                break  # its end is still to come
            if fault := _fault(line, name, layout):
                return lines, start, fault
            lines, start = lines + 1, start + len(line)
    return lines, start, ""


def _fault(line: bytes, name: str, layout: str) -> str:
    """Say why a line is no drawing of that class; its geometry is for `quickdraw.read`."""
    try:
        record = json.loads(line)
        word, drawing = record["word"], record["drawing"]
        axes = {len(stroke) for stroke in drawing}
    except (ValueError, TypeError, KeyError, RecursionError):
        return f"is not a drawing ({line[:40]!r}…)"
    if word != name:
        return f"is a drawing of {word!r}, not of {name!r}"
    return "" if axes <= {3 if layout == "raw" else 2} else f"is not in the {layout} layout"


def download_archive(
    folder: str | os.PathLike,
    *,
    url: str = ARCHIVE_URL,
    expected_size: int = ARCHIVE_SIZE,
    keep_archive: bool = False,
    progress: bool = True,
) -> Path:
    """Download the tutorial's 3,795,000 sketches as TFRecords, and return the folder they are in.

    Says first how much that is and where it goes; the archive lies beside the folder until it is
    unpacked. A folder that has all the files already is left alone. Raises DownloadError where
    there is too little room, the server does not answer, or not with that archive.
    """
    folder = Path(folder)
    if all((folder / name).is_file() for name in ARCHIVE_FILES):
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    archive = folder.parent / PurePosixPath(urlsplit(url).path).name
    if _size(archive) != expected_size:
        _check_room(archive, expected_size)
        _download_file(url, archive, expected_size, progress)
    _unpack(archive, folder)
    if not keep_archive:
        archive.unlink()
    return folder


def _check_room(archive: Path, size: int) -> None:
    here, free = _size(_part(archive)), shutil.disk_usage(archive.parent).free
    needed = int(size * ROOM) - here
    room = f"{needed:,} bytes of room are needed in {archive.parent}, {free:,} are free"
    if free < needed:
        raise DownloadError(f"{room}: make some, or choose a folder on another disk")
    print(f"Downloading {archive.name}: {size:,} bytes, {here:,} of them already here; {room}.")


def _download_file(url: str, target: Path, expected_size: int, progress: bool) -> None:
    part = _part(target)
    have = _size(part)
    with (
        requests.Session() as session,
        part.open("ab") as file,
        tqdm(
            total=expected_size, initial=have, unit="B", unit_scale=True, disable=not progress
        ) as bar,
    ):
        remote = Remote(session, url)
        for block in remote.blocks(have):
            if remote.size not in (None, expected_size):
                break
            file.write(block)
            bar.update(len(block))
    if remote.size != expected_size:
        raise DownloadError(
            f"{url} is {remote.size:,} bytes long, not {expected_size:,}: check the address"
        )
    if _size(part) != expected_size or remote.md5 not in (None, _md5(part)):
        part.unlink()
        raise DownloadError(f"{url} arrived damaged, and was deleted: try again")
    move(part, target)


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return b64encode(hashlib.file_digest(file, "md5").digest()).decode()


def _unpack(archive: Path, folder: Path) -> None:
    """Move the expected files out of an archive into a folder: all of them, or none."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".unpacking-") as scratch:
        try:
            with tarfile.open(archive) as tar:
                for member in tar:
                    name = PurePosixPath(member.name).name  # whatever path it claims to have
                    if member.isfile() and name in ARCHIVE_FILES:
                        tar.extract(member.replace(name=name), scratch, filter="data")
            missing = ARCHIVE_FILES - set(os.listdir(scratch))
            if missing:
                raise tarfile.TarError(f"{len(missing)} files are missing, as {min(missing)}")
        except (tarfile.TarError, EOFError, zlib.error) as error:
            remedy = "delete it and download it again"
            raise DownloadError(f"{archive} is not the archive ({error}): {remedy}") from error
        folder.mkdir(exist_ok=True)
        for name in ARCHIVE_FILES:
            move(Path(scratch) / name, folder / name)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 0, or 1 after saying what went wrong."""
    parser = argparse.ArgumentParser(description=CREDIT)
    commands = parser.add_subparsers(dest="command", required=True)
    drawings = commands.add_parser("drawings", help="some drawings of some classes, as ndjson")
    drawings.add_argument("--classes", nargs="+", default=["all"], help="names, or: all")
    drawings.add_argument("--count", type=int, default=1000, help="drawings per class")
    drawings.add_argument("--raw", action="store_true", help="as the pen made them, with times")
    drawings.add_argument("--base-url", default=DRAWINGS_URL)
    archive = commands.add_parser("archive", help="the tutorial's TFRecords, 1 GB")
    archive.add_argument("--keep-archive", action="store_true")
    for command, folder in ((drawings, DOWNLOADED), (archive, TUTORIAL)):
        command.add_argument("--folder", type=Path, default=folder)
    options = vars(parser.parse_args(arguments))
    try:
        if options.pop("command") == "archive":
            download_archive(**options)
        else:
            classes = CLASSES if options["classes"] == ["all"] else options["classes"]
            download_drawings(**options | {"classes": classes})
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options['folder']} is complete. Credit: {CREDIT}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
