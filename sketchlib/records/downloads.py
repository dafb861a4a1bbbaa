"""Fetch Quick, Draw! data: some drawings of any classes, or (in `archive`) the tutorial's archive.

Only the bytes that are needed travel (HTTP Range). They are written to a `.part` beside their
destination, checked, and moved into place; after a break, the same call goes on where it stopped.
`python -m sketchlib.records.downloads --help` shows the same two functions as a command.
"""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import requests
from tqdm import tqdm

from sketchlib._shared.files import alone
from sketchlib.drawing.quickdraw import CLASSES, check_classes
from sketchlib.records.archive import download_archive
from sketchlib.records.parts import Part, check_folder, disk_told
from sketchlib.records.remote import DownloadError, Misfit, Remote
from sketchlib.settings import CREDIT, DOWNLOADED, TUTORIAL

DRAWINGS_URL = "https://storage.googleapis.com/quickdraw_dataset/full"

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
    file that already holds as many is left alone, one that holds fewer is extended, never changed.
    Raises ValueError for an unknown class or a file that is something else, FileExistsError for
    another thing in the place of folder or file, Busy where another process downloads to the
    folder, DownloadError where the server does not answer, or with anything but drawings of that
    class, or where the disk refuses them.
    """
    check_classes(classes)
    if count < 1:
        raise ValueError(f"count is {count}; ask for at least one drawing per class")
    folder, layout = Path(folder), "raw" if raw else "simplified"
    files = {name: folder / f"{name}.ndjson" for name in classes}
    with disk_told(folder):
        check_folder(folder)
        wanted = [name for name in files if not _is_there(files[name], count, name, layout)]
        if wanted:
            folder.mkdir(parents=True, exist_ok=True)
            with (
                alone(folder.resolve(), "downloads drawings to"),
                requests.Session() as session,
                tqdm(total=len(wanted) * count, unit=" drawings", disable=not progress) as bar,
            ):
                for name in wanted:
                    bar.set_description(name)
                    url = f"{base_url}/{layout}/{quote(name)}.ndjson"
                    _download_class(session, url, files[name], count, name, layout, bar)
    return list(files.values())


def _is_there(file: Path, count: int, name: str, layout: str) -> bool:
    """Whether a file holds its drawings already, and no killed download left anything beside it."""
    return not Part(file).path.exists() and _lines(file, count, name, layout)[0] == count


def _lines(file: Path, count: int, name: str, layout: str) -> tuple[int, int]:
    """Return how many sound drawings a file has, up to `count`, and the byte where they end."""
    if not file.exists():
        return 0, 0
    lines, size, fault = _scan(file, 0, count, name, layout)
    if fault:
        raise ValueError(f"{file}: line {lines + 1:,} {fault}; move it to another folder")
    return lines, size


def _download_class(
    session: requests.Session, url: str, file: Path, count: int, name: str, layout: str, bar: tqdm
) -> None:
    part = Part(file)
    lines, size = _lines(file, count, name, layout)
    if lines == count:
        part.drop()
        bar.update(count)
        return
    if part.size < size:
        part.drop()
        shutil.copyfile(file, part.path)
    if part.size and part.version is None:  # what is another file's must not end a line of this
        os.truncate(part.path, _scan(part.path, 0, count, name, layout)[1])
    before = bar.n
    try:
        _extend(Remote(session, url, part.version), part, count, name, layout, bar)
    except Misfit:  # with what is here, perhaps, but not in itself: take all of it anew, once
        part.drop()
        bar.n = before
        _extend(Remote(session, url), part, count, name, layout, bar)
    if file.exists() and not _begins_with(part.path, file):
        raise ValueError(f"{file} is not how {url} begins; move it to another folder")
    part.finish()


def _extend(remote: Remote, part: Part, count: int, name: str, layout: str, bar: tqdm) -> None:
    """Lengthen a file, which holds the first bytes of the remote one, to `count` whole lines."""
    lines = size = 0
    part.path.touch()
    while True:
        more, size, fault = _scan(part.path, size, count - lines, name, layout)
        lines += more
        bar.update(more)
        if fault:
            os.truncate(part.path, size)
            raise Misfit(f"{remote.url}: line {lines + 1:,} {fault}; try again later")
        have = part.size
        ended = remote.size is not None and have >= remote.size
        if lines == count or (ended and have == size):
            break
        if ended:  # whoever wrote the remote file left its last line open
            with part.path.open("ab") as file:
                file.write(b"\n")
            continue
        line_bytes = size / lines if lines else LINE_BYTES[layout]
        chunk = min(CHUNK_BYTES, int((count - lines) * line_bytes) + SPARE_BYTES)
        part.lengthen(remote, have + chunk)
        if remote.size is not None and part.size > remote.size + 1:  # but for an end of its line
            raise Misfit(f"{remote.url} is shorter than what is here of it; try again later")
    os.truncate(part.path, size)
    if not lines:
        raise DownloadError(f"{remote.url} is empty; try again later")


def _begins_with(path: Path, beginning: Path) -> bool:
    with path.open("rb") as whole, beginning.open("rb") as first:
        return all(
            block == whole.read(len(block)) for block in iter(lambda: first.read(2**20), b"")
        )


def _scan(path: Path, start: int, count: int, name: str, layout: str) -> tuple[int, int, str]:
    """Return how many whole lines from byte `start`, up to `count`, are sound drawings of that
    class, the byte where they end, and what is wrong with the next line.
    """
    lines = 0
    with path.open("rb") as file:
        file.seek(start)
        while lines < count and (line := file.readline(CHUNK_BYTES)):
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
