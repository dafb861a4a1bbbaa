"""The archive from a real HTTP server on this machine: whole and sound, or not at all."""

import gzip
import io
import math
import os
import shutil
import tarfile
from urllib.parse import urlsplit

import pytest
from buckets import first_byte, names
from damaging import flip, offsets

from sketchlib._shared.files import Busy, alone
from sketchlib.records import archive, downloads, remote
from sketchlib.records.archive import download_archive
from sketchlib.records.remote import DownloadError

SHARD = "eval.tfrecord-00003-of-00010"


def tar_gz(members: dict[str, bytes], extra: tuple[tarfile.TarInfo, ...] = ()) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as tar:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
        for member in extra:
            tar.addfile(member)
    return buffer.getvalue()


def held(folder) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in names(folder)}


@pytest.fixture(scope="module")
def files(doodle_folder) -> dict[str, bytes]:
    return {name: (doodle_folder / name).read_bytes() for name in archive.ARCHIVE_FILES}


@pytest.fixture(scope="module")
def packed(files) -> bytes:
    return tar_gz(files)


def get_archive(bucket, folder, packed: bytes, **options):
    bucket.files["data/tutorial.tar.gz"] = packed
    options = {"expected_size": len(packed), "progress": False} | options
    return download_archive(folder, url=f"{bucket.url}/data/tutorial.tar.gz", **options)


# From the server to the folder


def test_the_address_is_a_secure_one():
    assert urlsplit(archive.ARCHIVE_URL).scheme == "https"


def test_the_archive_becomes_a_folder(bucket, tmp_path, quickdraw_data, capsys):
    genuine = held(quickdraw_data / "tutorial_tfrecords")
    packed = tar_gz({f"quickdraw/{name}": data for name, data in genuine.items()})
    folder = tmp_path / "tfrecords" / "tutorial"
    assert get_archive(bucket, folder, packed) == folder
    assert held(folder) == genuine and names(folder.parent) == ["tutorial"]
    said = capsys.readouterr().out
    assert f"tutorial.tar.gz: {len(packed):,} bytes" in said and str(folder.parent) in said
    get_archive(bucket, folder, packed)
    assert len(bucket.ranges) == 1 and capsys.readouterr().out == ""


def test_the_archive_is_kept_on_request_and_used_again(bucket, tmp_path, files, packed):
    folder = tmp_path / "tutorial"
    get_archive(bucket, folder, packed, keep_archive=True)
    assert (tmp_path / "tutorial.tar.gz").read_bytes() == packed
    shutil.rmtree(folder)
    get_archive(bucket, folder, packed)
    assert held(folder) == files and len(bucket.ranges) == 1
    assert (tmp_path / "tutorial.tar.gz").read_bytes() == packed  # which may be somebody's own


def test_the_archive_survives_a_break_for_good(bucket, tmp_path, files, packed):
    bucket.budget = len(packed) // 2
    with pytest.raises(DownloadError, match="run it again to go on"):
        get_archive(bucket, tmp_path / "tutorial", packed)
    assert names(tmp_path) == ["tutorial.tar.gz.part"]
    arrived = (tmp_path / "tutorial.tar.gz.part").read_bytes()
    assert arrived == packed[: len(arrived)]
    assert len(arrived) > len(packed) // 2 - remote.BLOCK_BYTES
    bucket.budget, bucket.ranges = math.inf, []
    get_archive(bucket, tmp_path / "tutorial", packed)
    assert [first_byte(asked) for asked in bucket.ranges] == [len(arrived)]
    assert held(tmp_path / "tutorial") == files


@pytest.mark.parametrize("ignore_range", [False, True])
def test_the_archive_survives_broken_connections(bucket, tmp_path, files, packed, ignore_range):
    bucket.ignore_range, bucket.drop_after, bucket.drops = ignore_range, len(packed) // 3, 2
    get_archive(bucket, tmp_path / "tutorial", packed)
    assert bucket.drops == 0 and held(tmp_path / "tutorial") == files


def test_a_complete_part_is_only_moved(bucket, tmp_path, files, packed):
    (tmp_path / "tutorial.tar.gz.part").write_bytes(packed)
    get_archive(bucket, tmp_path / "tutorial", packed)
    assert bucket.sent == 0 and held(tmp_path / "tutorial") == files


def test_an_archive_of_another_size_is_not_downloaded(bucket, tmp_path, packed):
    (tmp_path / "tutorial.tar.gz.part").write_bytes(packed[:1000])
    with pytest.raises(DownloadError, match=rf"is {len(packed):,} bytes long, not 5,000,000"):
        get_archive(bucket, tmp_path / "tutorial", packed, expected_size=5_000_000)
    assert held(tmp_path) == {"tutorial.tar.gz.part": packed[:1000]}


@pytest.mark.parametrize("more", [b"", b"more" * 10**6])
def test_no_more_is_written_than_the_archive_has(bucket, tmp_path, packed, more):
    bucket.ignore_range = bucket.no_length = True
    with pytest.raises(DownloadError, match="is not the archive"):
        get_archive(bucket, tmp_path / "tutorial", packed + more, expected_size=len(packed) - 9)
    assert bucket.sent < len(packed) + 2**21  # but for what lay in the connection's buffers
    assert names(tmp_path) == []


@pytest.mark.parametrize("version", [None, "another"])
def test_the_beginning_of_an_old_archive_is_downloaded_anew(
    bucket, tmp_path, files, packed, version
):
    bucket.versions = True
    (tmp_path / "tutorial.tar.gz.part").write_bytes(bytes(1000))
    if version:
        (tmp_path / "tutorial.tar.gz.part.version").write_text(version, "utf-8")
        get_archive(bucket, tmp_path / "tutorial", packed)
        assert [first_byte(asked) for asked in bucket.ranges] == [1000, 0]
    else:  # nobody knows
        with pytest.raises(DownloadError, match="arrived damaged, and was deleted: try again"):
            get_archive(bucket, tmp_path / "tutorial", packed)
        assert names(tmp_path) == []
        get_archive(bucket, tmp_path / "tutorial", packed)
    assert held(tmp_path / "tutorial") == files and names(tmp_path) == ["tutorial"]


def test_too_little_room_is_said_before_any_request(bucket, tmp_path, packed, monkeypatch):
    free = 3 * len(packed)
    usage = archive.shutil.disk_usage(tmp_path)._replace(free=free)
    monkeypatch.setattr(archive.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(
        DownloadError, match=rf"bytes of room are needed in .*, {free:,} are free: make some"
    ):
        get_archive(bucket, tmp_path / "tutorial", packed)
    assert bucket.ranges == []
    part = packed[: len(packed) // 2]
    (tmp_path / "tutorial.tar.gz.part").write_bytes(part)  # needs no room any more
    get_archive(bucket, tmp_path / "tutorial", packed)


def test_who_downloads_the_archive_already_is_named(bucket, tmp_path, packed):
    with (
        alone(tmp_path / "tutorial.tar.gz", "downloads"),
        pytest.raises(Busy, match=rf"process {os.getpid()} on .* downloads .*tutorial\.tar\.gz"),
    ):
        get_archive(bucket, tmp_path / "tutorial", packed)
    assert bucket.ranges == []


# What is not accepted


@pytest.mark.parametrize("start", [0, 30_000])
def test_what_is_no_archive_is_deleted(bucket, tmp_path, files, packed, start):
    damaged = bytearray(packed)
    damaged[start : start + 1000] = bytes(1000)
    with pytest.raises(
        DownloadError, match=r"what arrived is not the archive .* deleted: try again"
    ):
        get_archive(bucket, tmp_path / "tutorial", bytes(damaged))
    assert names(tmp_path) == []
    get_archive(bucket, tmp_path / "tutorial", packed)
    assert held(tmp_path / "tutorial") == files


def test_an_archive_of_ones_own_is_checked_and_never_deleted(bucket, tmp_path, packed):
    own = tmp_path / "tutorial.tar.gz"
    for content, said in (
        (bytes(len(packed)), "is not the archive .* delete it and download it again"),
        (packed[:-1], "bytes long, not .* move it to another folder"),
    ):
        own.write_bytes(content)
        with pytest.raises(OSError, match=said):
            get_archive(bucket, tmp_path / "tutorial", packed)
        assert held(tmp_path) == {"tutorial.tar.gz": content} and bucket.ranges == []


def test_the_checksum_behind_the_end_of_the_tar_is_reached(bucket, tmp_path, packed):
    damaged = bytearray(packed)
    damaged[-8] ^= 1
    with pytest.raises(DownloadError, match=r"is not the archive \(CRC check failed"):
        get_archive(bucket, tmp_path / "tutorial", bytes(damaged))
    assert names(tmp_path) == []


@pytest.mark.parametrize("what", ["payload", "cut", "garbage", "web page"])
def test_a_shard_that_is_not_sound_is_not_accepted(bucket, tmp_path, files, what):
    shard = tmp_path / "shard"
    shard.write_bytes(files[SHARD])
    if what == "payload":
        flip(shard, offsets(shard)[1] + 50)
    damaged = {
        "payload": shard.read_bytes(),
        "cut": files[SHARD][:-5],
        "garbage": os.urandom(10_000),
        "web page": b"<html></html>",
    }[what]
    shard.unlink()
    with pytest.raises(DownloadError, match=rf"is not the archive \({SHARD} at byte"):
        get_archive(bucket, tmp_path / "tutorial", tar_gz(files | {SHARD: damaged}))
    assert names(tmp_path) == []


def test_an_archive_that_lacks_files_leaves_nothing_behind(bucket, tmp_path, files):
    few = {name: data for name, data in files.items() if "training" not in name}
    with pytest.raises(DownloadError, match=r"11 files are missing, as training\.tfrecord-00000"):
        get_archive(bucket, tmp_path / "tutorial", tar_gz(few))
    assert names(tmp_path) == []


def link(name: str, kind: bytes, target: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def test_a_malicious_archive_writes_nothing_outside(bucket, tmp_path, files):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret", "utf-8")
    home = tmp_path / "home"
    climbing = {f"../../{name}": data for name, data in files.items()}
    strangers = {"../../evil.txt": b"evil", "/evil.txt": b"evil", "run.sh": b"evil"}
    symlink = link("sub", tarfile.SYMTYPE, str(tmp_path))
    packed = tar_gz(climbing | strangers, (symlink, link("x", tarfile.LNKTYPE, str(secret))))
    get_archive(bucket, home / "tutorial", packed)
    assert held(home / "tutorial") == files
    assert names(home) == ["tutorial"] and names(tmp_path) == ["home", "secret.txt"]


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.GNUTYPE_SPARSE, tarfile.DIRTYPE],
)
def test_a_link_is_not_taken_for_a_shard(bucket, tmp_path, files, kind):
    others = {name: data for name, data in files.items() if name != SHARD}
    packed = tar_gz(others, (link(SHARD, kind, "/etc/passwd"),))
    with pytest.raises(DownloadError, match=rf"1 files are missing, as {SHARD}"):
        get_archive(bucket, tmp_path / "tutorial", packed)
    assert not (tmp_path / "tutorial").exists()


def claiming(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    """Return the header of a member that claims a size, whatever comes after it."""
    member = tarfile.TarInfo(name)
    member.type, member.size = kind, size
    return member.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize(
    ("before", "behind", "reason"),
    [
        (claiming(SHARD, 2**40), b"", f"{SHARD} claims to have 1,099,511,627,776 bytes"),
        (claiming("stranger", 2**40), b"", "it unpacks to more than"),
        (claiming("stranger", 2**26) + bytes(2**26), b"", "it unpacks to more than"),
        (b"", bytes(2**26), "it unpacks to more than"),
        (claiming("x", 2**26, tarfile.XHDTYPE) + bytes(2**26), b"", "a header of 67108864 bytes"),
        (claiming("x", 2**26, tarfile.GNUTYPE_LONGNAME), b"", "a header of 67108864 bytes"),
        (claiming("x", 0) * 101, b"", "more than 100 members"),
        (claiming("x", -5000), b"", "is not the archive"),
        (claiming(SHARD, 0), b"", f"it has {SHARD} twice"),
    ],
    ids=[  # else they would be the bytes
        *("a shard of a terabyte", "a stranger of a terabyte", "a stranger of 64 MB"),
        *("64 MB behind", "a header of 64 MB", "a name of 64 MB", "many members"),
        *("a size below nothing", "a shard twice"),
    ],
)
def test_a_bomb_is_refused_before_it_is_unpacked(
    bucket, tmp_path, packed, monkeypatch, before, behind, reason
):
    written, copy = [], tarfile.copyfileobj

    def spy(source, target, length, *rest):
        written.append(length)
        copy(source, target, length, *rest)

    monkeypatch.setattr(tarfile, "copyfileobj", spy)
    monkeypatch.setattr(archive, "MOST_MEMBERS", 100)
    bomb = gzip.compress(before + gzip.decompress(packed) + behind, 9)
    size = max(len(packed), len(bomb))
    with pytest.raises(DownloadError, match=reason):
        get_archive(bucket, tmp_path / "tutorial", bomb.ljust(size, b"\0"))
    assert sum(written) <= archive.MOST_UNPACKED * size and names(tmp_path) == []


# What is there already


def test_a_folder_of_the_archives_files_is_complete(tmp_path, files, capsys, monkeypatch):
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    monkeypatch.setattr(
        downloads,
        "download_archive",
        lambda folder, **_: download_archive(folder, expected_size=1000),
    )
    assert downloads.main(["archive", "--folder", str(tmp_path)]) == 0
    assert "is complete" in capsys.readouterr().out


@pytest.mark.parametrize("what", ["garbage", "empty", "flipped", "cut", "classes", "missing"])
def test_damage_under_the_right_names_is_not_taken_for_complete(
    bucket, tmp_path, doodle_folder, packed, what
):
    folder = shutil.copytree(doodle_folder, tmp_path / "tutorial")
    shard = folder / SHARD
    if what == "flipped":
        flip(shard, offsets(shard)[1] + 50)
    elif what == "missing":
        shard.unlink()
    elif what == "classes":
        (folder / "eval.tfrecord.classes").write_bytes(b"\xff\xfe")
    else:
        shard.write_bytes(
            {"garbage": bytes(999), "empty": b"", "cut": shard.read_bytes()[:-1]}[what]
        )
    before = held(folder)
    with pytest.raises(
        FileExistsError, match=r"holds 'eval.*', but not the archive, whole and sound"
    ):
        get_archive(bucket, folder, packed)
    assert held(folder) == before and bucket.ranges == []


def test_another_data_set_is_not_taken_for_the_archive(tmp_path, files):
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(FileExistsError, match="but not the archive"):
        download_archive(tmp_path, progress=False)
    assert held(tmp_path) == files


def test_what_somebody_has_in_the_folder_stays(bucket, tmp_path, files, packed):
    folder = tmp_path / "tutorial"
    folder.mkdir()
    (folder / "thesis.tex").write_bytes(b"mine")
    with pytest.raises(FileExistsError, match=r"tutorial holds 'thesis\.tex', but not"):
        get_archive(bucket, folder, packed)
    with pytest.raises(FileExistsError, match="is there already and is no folder"):
        get_archive(bucket, folder / "thesis.tex", packed)
    assert held(folder) == {"thesis.tex": b"mine"} and bucket.ranges == []
    (folder / "thesis.tex").unlink()  # an empty folder is in nobody's way
    get_archive(bucket, folder, packed)
    assert held(folder) == files


def test_a_link_is_not_followed_to_a_folder_elsewhere(bucket, tmp_path, packed):
    (tmp_path / "elsewhere").mkdir()
    try:
        (tmp_path / "tutorial").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    except OSError:
        pytest.skip("this system lets nobody make links")
    with pytest.raises(
        FileExistsError, match="tutorial is a link: name the folder that it leads to"
    ):
        get_archive(bucket, tmp_path / "tutorial", packed)
    assert names(tmp_path / "elsewhere") == [] and bucket.ranges == []


def test_leftovers_of_a_killed_download_are_swept(bucket, tmp_path, files, packed):
    folder = tmp_path / "tutorial"
    for _ in range(2):  # the second time, all was done but for tidying up
        (tmp_path / ".unpacking-tutorial.tar.gz").mkdir()
        (tmp_path / ".unpacking-tutorial.tar.gz" / SHARD).write_bytes(b"half")
        (tmp_path / "tutorial.tar.gz.part").write_bytes(packed)
        get_archive(bucket, folder, packed)
        assert held(folder) == files and names(tmp_path) == ["tutorial"]


@pytest.mark.parametrize("url", ["http://127.0.0.1", "http://[::1/x", "http://127.0.0.1/..", ""])
def test_an_address_of_no_file_is_told_in_a_sentence(tmp_path, url):
    with pytest.raises(DownloadError, match="leads to no file: check the address"):
        download_archive(tmp_path / "tutorial", url=url)
    assert names(tmp_path) == []
