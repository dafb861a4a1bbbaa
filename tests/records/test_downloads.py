"""Downloads from a real HTTP server on this machine, which misbehaves on demand."""

import io
import math
import os
import tarfile

import pytest
from buckets import content, fetch, first_byte, names, serve

from sketchlib.drawing import quickdraw
from sketchlib.records import downloads, remote
from sketchlib.records.downloads import DownloadError, download_archive

# Drawings


def test_exactly_count_lines_and_hardly_more_bytes(bucket, tmp_path):
    lines = serve(bucket, "cat", copies=40)
    folder = tmp_path / "new" / "folder"
    assert fetch(bucket, folder) == [folder / "cat.ndjson"]
    assert content(folder) == b"".join(lines[:100]) and names(folder) == ["cat.ndjson"]
    assert len(list(quickdraw.read(folder, max_bad_share=0))) == 100
    assert bucket.sent < 2 * len(b"".join(lines[:100])) + 2 * downloads.SPARE_BYTES


def test_many_chunks_make_one_file(bucket, tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "CHUNK_BYTES", 10_000)
    lines = serve(bucket, "cat")
    fetch(bucket, tmp_path, count=300)
    assert content(tmp_path) == b"".join(lines[:300])
    assert len(bucket.ranges) > 5


def test_several_classes_with_spaces_and_the_raw_layout(bucket, tmp_path):
    expected = {word: serve(bucket, word, "raw") for word in ("The Eiffel Tower", "arm")}
    files = fetch(bucket, tmp_path, list(expected), count=5, raw=True)
    assert files == [tmp_path / f"{word}.ndjson" for word in expected]
    for word, lines in expected.items():
        assert content(tmp_path, word) == b"".join(lines[:5])


def test_all_there_are_where_that_is_fewer(bucket, tmp_path):
    lines = serve(bucket, "cat")
    for _ in range(2):  # the second time nothing is left to fetch
        fetch(bucket, tmp_path, count=10**6)
        assert content(tmp_path) == b"".join(lines)
        assert bucket.sent == len(b"".join(lines))


def test_a_last_line_without_end_is_ended(bucket, tmp_path):
    lines = serve(bucket, "cat")[:7]
    bucket.files["simplified/cat.ndjson"] = b"".join(lines)[:-1]
    for _ in range(2):
        fetch(bucket, tmp_path)
        assert content(tmp_path) == b"".join(lines)


def test_what_is_there_is_not_downloaded_again(bucket, tmp_path):
    lines = serve(bucket, "cat")
    fetch(bucket, tmp_path, count=100)
    sent = bucket.sent
    fetch(bucket, tmp_path, count=60)
    assert bucket.sent == sent and content(tmp_path) == b"".join(lines[:100])


def test_a_shorter_file_is_extended(bucket, tmp_path):
    lines = serve(bucket, "cat")
    fetch(bucket, tmp_path, count=100)
    fetch(bucket, tmp_path, count=250)
    assert content(tmp_path) == b"".join(lines[:250])
    assert first_byte(bucket.ranges[-1]) == len(b"".join(lines[:100]))


def test_a_break_for_good_keeps_what_arrived_and_the_next_call_goes_on(bucket, tmp_path):
    lines = serve(bucket, "cat")
    bucket.budget = 30_000
    with pytest.raises(
        DownloadError, match=r"no connection .* run it again .* doodles work offline"
    ):
        fetch(bucket, tmp_path, count=300)
    assert names(tmp_path) == ["cat.ndjson.part"]
    arrived = (tmp_path / "cat.ndjson.part").stat().st_size
    assert 30_000 - remote.BLOCK_BYTES < arrived <= 30_000
    bucket.budget, bucket.ranges = math.inf, []
    fetch(bucket, tmp_path, count=300)
    assert first_byte(bucket.ranges[0]) == arrived
    assert content(tmp_path) == b"".join(lines[:300]) and names(tmp_path) == ["cat.ndjson"]


@pytest.mark.parametrize(
    ("octets", "reason"), [(False, "answers with a web page"), (True, "line 1 is not a drawing")]
)
def test_a_web_page_never_becomes_a_file(bucket, tmp_path, octets, reason):
    lines = serve(bucket, "cat")
    bucket.html, bucket.octets = True, octets
    with pytest.raises(DownloadError, match=reason):
        fetch(bucket, tmp_path)
    assert "cat.ndjson" not in names(tmp_path)
    bucket.html = False
    fetch(bucket, tmp_path)
    assert content(tmp_path) == b"".join(lines[:100])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"oops\n", "line 51 is not a drawing"),
        (b'{"word": "cat"}\n', "line 51 is not a drawing"),
        (b"[]\n", "line 51 is not a drawing"),
        (b'{"word": "dog", "drawing": []}\n', "line 51 is a drawing of 'dog', not of 'cat'"),
        (b'{"word": "cat", "drawing": [[[1], [2], [3]]]}\n', "not in the simplified layout"),
    ],
)
def test_bad_content_never_becomes_a_file_and_what_precedes_it_is_kept(
    bucket, tmp_path, line, reason
):
    lines = serve(bucket, "cat")
    good = b"".join(lines[:50])
    bucket.files["simplified/cat.ndjson"] = good + line + b"".join(lines[50:])
    with pytest.raises(DownloadError, match=reason):
        fetch(bucket, tmp_path)
    assert names(tmp_path) == ["cat.ndjson.part"]
    assert (tmp_path / "cat.ndjson.part").read_bytes() == good


def test_content_without_lines_is_given_up_early(bucket, tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "CHUNK_BYTES", 50_000)
    bucket.files["simplified/cat.ndjson"] = bytes(5_000_000)
    with pytest.raises(DownloadError, match="line 1 is not a drawing"):
        fetch(bucket, tmp_path)
    assert bucket.sent < 500_000


def test_an_empty_answer_is_refused(bucket, tmp_path):
    bucket.files["simplified/cat.ndjson"] = b""
    with pytest.raises(DownloadError, match="is empty"):
        fetch(bucket, tmp_path)
    assert "cat.ndjson" not in names(tmp_path)


def test_another_file_in_the_way_is_left_alone(bucket, tmp_path):
    serve(bucket, "arm", "raw")
    serve(bucket, "arm")
    fetch(bucket, tmp_path, ["arm"], count=5)
    before = content(tmp_path, "arm")
    with pytest.raises(ValueError, match=r"arm\.ndjson: line 1 is not in the raw layout; move it"):
        fetch(bucket, tmp_path, ["arm"], count=3, raw=True)
    assert content(tmp_path, "arm") == before


def test_wrong_wishes_are_refused_before_any_request(bucket, tmp_path):
    with pytest.raises(ValueError, match="unknown class 'catt'; did you mean 'cat'"):
        fetch(bucket, tmp_path, ["cat", "catt"])
    with pytest.raises(ValueError, match="count is 0"):
        fetch(bucket, tmp_path, count=0)
    assert bucket.ranges == [] and names(tmp_path) == []


# The archive


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


@pytest.fixture(scope="module")
def small_files() -> dict[str, bytes]:
    """Stand-ins that do not compress, so that the archive is larger than a block."""
    return {name: os.urandom(10_000) for name in sorted(downloads.ARCHIVE_FILES)}


def get_archive(bucket, folder, packed: bytes, **options):
    bucket.files["data/tutorial.tar.gz"] = packed
    options = {"expected_size": len(packed), "progress": False} | options
    return download_archive(folder, url=f"{bucket.url}/data/tutorial.tar.gz", **options)


def held(folder) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in names(folder)}


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


def test_the_archive_is_kept_on_request_and_used_again(bucket, tmp_path, small_files):
    packed = tar_gz(small_files)
    folder = tmp_path / "tutorial"
    get_archive(bucket, folder, packed, keep_archive=True)
    assert (tmp_path / "tutorial.tar.gz").read_bytes() == packed
    (folder / "eval.tfrecord.classes").unlink()
    get_archive(bucket, folder, packed, keep_archive=True)
    assert held(folder) == small_files and len(bucket.ranges) == 1


def test_the_archive_survives_a_break_for_good(bucket, tmp_path, small_files):
    packed = tar_gz(small_files)
    bucket.budget = 150_000
    with pytest.raises(DownloadError, match="run it again to go on"):
        get_archive(bucket, tmp_path / "tutorial", packed)
    assert names(tmp_path) == ["tutorial.tar.gz.part"]
    arrived = (tmp_path / "tutorial.tar.gz.part").read_bytes()
    assert arrived == packed[: len(arrived)] and len(arrived) > 150_000 - remote.BLOCK_BYTES
    bucket.budget, bucket.ranges = math.inf, []
    get_archive(bucket, tmp_path / "tutorial", packed)
    assert [first_byte(asked) for asked in bucket.ranges] == [len(arrived)]
    assert held(tmp_path / "tutorial") == small_files


@pytest.mark.parametrize("ignore_range", [False, True])
def test_the_archive_survives_broken_connections(bucket, tmp_path, small_files, ignore_range):
    bucket.ignore_range, bucket.drop_after, bucket.drops = ignore_range, 70_000, 2
    get_archive(bucket, tmp_path / "tutorial", tar_gz(small_files))
    assert bucket.drops == 0 and held(tmp_path / "tutorial") == small_files


def test_a_complete_part_is_only_moved(bucket, tmp_path, small_files):
    packed = tar_gz(small_files)
    (tmp_path / "tutorial.tar.gz.part").write_bytes(packed)
    get_archive(bucket, tmp_path / "tutorial", packed)
    assert bucket.sent == 0 and held(tmp_path / "tutorial") == small_files


def test_an_archive_of_another_size_is_not_downloaded(bucket, tmp_path, small_files):
    packed = tar_gz(small_files)
    (tmp_path / "tutorial.tar.gz.part").write_bytes(packed[:1000])
    with pytest.raises(DownloadError, match=rf"is {len(packed):,} bytes long, not 5,000,000"):
        get_archive(bucket, tmp_path / "tutorial", packed, expected_size=5_000_000)
    assert held(tmp_path) == {"tutorial.tar.gz.part": packed[:1000]}


def test_a_damaged_archive_is_deleted(bucket, tmp_path, small_files):
    packed = tar_gz(small_files)
    (tmp_path / "tutorial.tar.gz.part").write_bytes(bytes(1000))
    with pytest.raises(DownloadError, match="arrived damaged"):
        get_archive(bucket, tmp_path / "tutorial", packed)
    assert names(tmp_path) == []
    get_archive(bucket, tmp_path / "tutorial", packed)
    assert held(tmp_path / "tutorial") == small_files


@pytest.mark.parametrize("start", [0, 100_000])
def test_what_is_no_archive_is_not_unpacked(bucket, tmp_path, small_files, start):
    packed = bytearray(tar_gz(small_files))
    packed[start : start + 1000] = bytes(1000)
    with pytest.raises(DownloadError, match=r"is not the archive .* delete it"):
        get_archive(bucket, tmp_path / "tutorial", bytes(packed))
    assert names(tmp_path) == ["tutorial.tar.gz"]


def test_an_archive_that_lacks_files_leaves_nothing_behind(bucket, tmp_path, small_files):
    few = {name: data for name, data in small_files.items() if "training" not in name}
    with pytest.raises(DownloadError, match=r"11 files are missing, as training\.tfrecord-00000"):
        get_archive(bucket, tmp_path / "tutorial", tar_gz(few))
    assert names(tmp_path) == ["tutorial.tar.gz"]


def link(name: str, kind: bytes, target: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def test_a_malicious_archive_writes_nothing_outside(bucket, tmp_path, small_files):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret", "utf-8")
    home = tmp_path / "home"
    climbing = {f"../../{name}": data for name, data in small_files.items()}
    strangers = {"../../evil.txt": b"evil", "/evil.txt": b"evil", "run.sh": b"evil"}
    symlink = link("sub", tarfile.SYMTYPE, str(tmp_path))
    packed = tar_gz(climbing | strangers, (symlink, link("x", tarfile.LNKTYPE, str(secret))))
    get_archive(bucket, home / "tutorial", packed)
    assert held(home / "tutorial") == small_files
    assert names(home) == ["tutorial"] and names(tmp_path) == ["home", "secret.txt"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_a_link_is_not_taken_for_a_shard(bucket, tmp_path, small_files, kind):
    shard = "eval.tfrecord-00003-of-00010"
    others = {name: data for name, data in small_files.items() if name != shard}
    packed = tar_gz(others, (link(shard, kind, "/etc/passwd"),))
    with pytest.raises(DownloadError, match=rf"1 files are missing, as {shard}"):
        get_archive(bucket, tmp_path / "tutorial", packed)
    assert not (tmp_path / "tutorial").exists()


def test_too_little_room_is_said_before_any_request(bucket, tmp_path, small_files, monkeypatch):
    usage = downloads.shutil.disk_usage(tmp_path)._replace(free=450_000)
    monkeypatch.setattr(downloads.shutil, "disk_usage", lambda _: usage)
    packed = tar_gz(small_files)
    with pytest.raises(DownloadError, match=r"bytes of room are needed in .*, 450,000 are free"):
        get_archive(bucket, tmp_path / "tutorial", packed)
    assert bucket.ranges == []
    (tmp_path / "tutorial.tar.gz.part").write_bytes(packed[:150_000])  # needs no room any more
    get_archive(bucket, tmp_path / "tutorial", packed)


# The command line


def test_command_line_downloads_and_credits(bucket, tmp_path, capsys):
    lines = {word: serve(bucket, word) for word in ("cat", "dog")}
    wish = ["--classes", "cat", "dog", "--count", "20", "--folder", str(tmp_path)]
    assert downloads.main(["drawings", *wish, "--base-url", bucket.url]) == 0
    for word in lines:
        assert content(tmp_path, word) == b"".join(lines[word][:20])
    assert "Quick, Draw! data by Google, Inc., CC BY 4.0" in capsys.readouterr().out


def test_command_line_all_means_every_class(bucket, tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "CLASSES", ("ant", "bee"))
    for word in ("ant", "bee"):
        serve(bucket, word)
    wish = ["--classes", "all", "--count", "2", "--folder", str(tmp_path)]
    assert downloads.main(["drawings", *wish, "--base-url", bucket.url]) == 0
    assert names(tmp_path) == ["ant.ndjson", "bee.ndjson"]


def test_command_line_says_errors_in_a_sentence(tmp_path, capsys):
    wish = ["--classes", "catt", "--count", "20", "--folder", str(tmp_path)]
    assert downloads.main(["drawings", *wish]) == 1
    error = capsys.readouterr().err
    assert error.startswith("unknown class 'catt'") and "Traceback" not in error


def test_command_line_archive_in_place_is_complete(tmp_path, small_files, capsys):
    for name, data in small_files.items():
        (tmp_path / name).write_bytes(data)
    assert downloads.main(["archive", "--folder", str(tmp_path)]) == 0
    assert "is complete" in capsys.readouterr().out
