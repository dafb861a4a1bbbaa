"""Fetch the tutorial's archive of TFRecords, and unpack what is whole and sound, or nothing."""

import gzip
import hashlib
import os
import re
import shutil
import tarfile
import zlib
from base64 import b64encode
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import requests
from tqdm import tqdm

from sketchlib._shared.files import alone, move
from sketchlib.records import layout
from sketchlib.records.parts import Part, check_folder, disk_told
from sketchlib.records.remote import DownloadError, Misfit, Remote

# The tutorial names http://download.tensorflow.org/data; this is that bucket by https.
ARCHIVE_URL = (
    "https://storage.googleapis.com/download.tensorflow.org/data/"
    "quickdraw_tutorial_dataset_v1.tar.gz"
)
ARCHIVE_SIZE = 1_065_301_781
ENDINGS = [".classes", *(f"-{shard:05}-of-00010" for shard in range(10))]
ARCHIVE_FILES = {f"{split}.tfrecord{end}" for split in ("training", "eval") for end in ENDINGS}
UNPACKED = 2.3  # as large as the archive is what comes out of it…
MOST_UNPACKED = 5  # …and what comes out of a larger one is not looked at
MOST_MEMBERS = 1000  # of the archive, which has some twenty
MOST_AT_ONCE = 2**20  # bytes of it in memory: tarfile would take a header of any length
DAMAGE = (  # that gzip, tarfile and verify find
    *(tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError),
    *(ValueError, OverflowError, RecursionError),
)


def download_archive(
    folder: str | os.PathLike,
    *,
    url: str = ARCHIVE_URL,
    expected_size: int = ARCHIVE_SIZE,
    keep_archive: bool = False,
    progress: bool = True,
) -> Path:
    """Download the tutorial's 3,795,000 sketches as TFRecords, and return the folder they are in.

    Says first how much that is and where it goes. The archive lies beside the folder until it is
    unpacked and all records are verified, which takes some three minutes; one that is there already
    is used, and kept. A folder that has all the files, with sound checksums, is left alone; that
    takes some ten seconds to see.
    Nobody has published a hash of the archive that could be held against it. What is: https, the
    server's MD5, the size, gzip's checksum and those of all records, and that each is a sketch.
    Raises FileExistsError for a folder or an archive that is something else, Busy where another
    process downloads it, DownloadError where there is too little room, the server does not answer,
    or not with that archive, or where the disk refuses it.
    """
    place = Path(os.path.abspath(folder))
    archive = place.parent / _name(url)
    with disk_told(place):
        check_folder(place)
        part, scratch = Part(archive), archive.with_name(f".unpacking-{archive.name}")
        left = scratch.exists() or part.size >= expected_size  # by a run that was killed
        if not left and _is_there(place, expected_size, progress):
            return Path(folder)
        with alone(archive, "downloads"), alone(layout.location(place), "downloads to"):
            if scratch.exists():
                shutil.rmtree(scratch)
            if not _is_there(place, expected_size, progress):
                _check_free(place)
                source = _source(url, part, expected_size, progress)
                try:
                    _unpack(source, part, scratch, MOST_UNPACKED * expected_size, progress)
                    if keep_archive and source == part.path:
                        part.finish()
                    if place.exists():
                        place.rmdir()
                    move(scratch, place)
                finally:
                    shutil.rmtree(scratch, ignore_errors=True)
            if part.size >= expected_size:
                part.drop()
    return Path(folder)


def _name(url: str) -> str:
    """Return the name of the file that a URL leads to."""
    try:
        name = PurePosixPath(urlsplit(url).path).name
    except ValueError:
        name = ""
    if not re.fullmatch(r"\w[\w.-]*", name):
        raise DownloadError(f"{url} leads to no file: check the address")
    return name


def _is_there(folder: Path, least: int, progress: bool) -> bool:
    """Whether a folder holds the archive's files, larger than it, and with sound checksums."""
    files = [folder / name for name in sorted(ARCHIVE_FILES)]
    if not all(file.is_file() for file in files):
        return False
    try:
        layout.read_classes(folder)
        shards = [file for split in layout.SPLITS for file in layout.find(folder, split)]
        for shard in tqdm(shards, desc=f"Look at {folder.name}", disable=not progress):
            for _ in layout.records(shard):
                pass
    except (FileNotFoundError, ValueError):
        return False
    return sum(file.stat().st_size for file in files) >= least


def _check_free(folder: Path) -> None:
    """Raise FileExistsError for a folder that something is in, or that is elsewhere."""
    if folder.is_symlink():
        raise FileExistsError(f"{folder} is a link: name the folder that it leads to")
    if folder.is_dir() and (held := sorted(os.listdir(folder))):
        raise FileExistsError(
            f"{folder} holds {held[0]!r}, but not the archive, whole and sound: move that away, or "
            "name another folder"
        )


def _source(url: str, part: Part, size: int, progress: bool) -> Path:
    """Return where the archive lies, whole: where it was already, or else as a part."""
    archive = part.file
    kept = archive.stat().st_size if archive.exists() else None
    if kept not in (None, size):
        raise FileExistsError(
            f"{archive} is {kept:,} bytes long, not {size:,}: move it to another folder"
        )
    if part.size > size:
        part.drop()
    here = part.size if kept is None else size
    needed = int(size * (1 + UNPACKED)) - here
    free = shutil.disk_usage(archive.parent).free
    room = f"{needed:,} bytes of room are needed in {archive.parent}, {free:,} are free"
    if free < needed:
        raise DownloadError(f"{room}: make some, or choose a folder on another disk")
    if kept is not None:
        return archive
    print(f"Downloading {archive.name}: {size:,} bytes, {here:,} of them already here; {room}.")
    _fetch(url, part, size, progress)
    return part.path


def _fetch(url: str, part: Part, size: int, progress: bool) -> None:
    """Lengthen a part until it has that size; where the remote file has changed, begin again."""
    with (
        requests.Session() as session,
        tqdm(total=size, initial=part.size, unit="B", unit_scale=True, disable=not progress) as bar,
    ):
        remote = Remote(session, url, part.version, size)
        try:
            part.lengthen(remote, size, bar)
        except Misfit:
            part.drop()
            bar.reset()
            remote = Remote(session, url, expected=size)
            part.lengthen(remote, size, bar)
    if remote.md5 not in (None, _md5(part.path)):
        part.drop()
        raise DownloadError(f"{url} arrived damaged, and was deleted: try again")


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return b64encode(hashlib.file_digest(file, "md5").digest()).decode()


def _unpack(archive: Path, part: Part, scratch: Path, most: int, progress: bool) -> None:
    """Unpack the expected files to a new folder, at most so many bytes, and verify them.

    Raises DownloadError for what is something else, and deletes it if it was downloaded.
    """
    from sketchlib.records.verification import verify  # imports TensorFlow, which takes seconds

    scratch.mkdir()
    try:
        with _Forwards(archive, most) as content:
            with tarfile.open(fileobj=content, mode="r:") as tar:
                _extract(tar, scratch, most)
            while content.read(MOST_AT_ONCE):  # to the very end, where gzip has its checksum
                pass
        if problems := verify(scratch, progress).problems:
            raise ValueError(problems[0])
    except DAMAGE as error:
        if archive != part.path:
            remedy = "delete it and download it again"
            raise DownloadError(f"{archive} is not the archive ({error}): {remedy}") from error
        part.drop()
        raise DownloadError(
            f"what arrived is not the archive ({error}), and was deleted: try again, or check the "
            "address"
        ) from error


def _extract(tar: tarfile.TarFile, scratch: Path, most: int) -> None:
    """Take the expected files out of a tar, whatever paths it has for them."""
    for number, member in enumerate(tar):
        name = PurePosixPath(member.name).name
        if number == MOST_MEMBERS:
            raise tarfile.ReadError(f"it has more than {MOST_MEMBERS:,} members")
        if name not in ARCHIVE_FILES or not member.isfile() or member.issparse():
            continue
        if member.offset_data + member.size > most:
            raise tarfile.ReadError(f"{name} claims to have {member.size:,} bytes")
        if (scratch / name).exists():
            raise tarfile.ReadError(f"it has {name} twice")
        tar.extract(member.replace(name=name), scratch, filter="data")
    if missing := ARCHIVE_FILES - set(os.listdir(scratch)):
        raise tarfile.ReadError(f"{len(missing)} files are missing, as {min(missing)}")


class _Forwards(gzip.GzipFile):
    """The content of a gzip file, read forwards, a little at a time, and not beyond a limit."""

    def __init__(self, path: Path, most: int):
        super().__init__(path, "rb")
        self.most = most

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= MOST_AT_ONCE:
            raise tarfile.ReadError(f"it has a header of {size} bytes")
        self._check_limit(self.tell())
        return super().read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence == os.SEEK_SET:  # else it is `tell` that asks
            if offset < self.tell() - 1:  # tarfile reads the byte before a member
                raise tarfile.ReadError("it has members within each other")
            self._check_limit(offset)
        return super().seek(offset, whence)

    def _check_limit(self, offset: int) -> None:
        if offset > self.most:
            raise tarfile.ReadError(f"it unpacks to more than {self.most:,} bytes")
