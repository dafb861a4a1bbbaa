"""Downloads from a real HTTP server on this machine, which misbehaves on demand."""

import json
import math
import os

import pytest
from buckets import content, fetch, first_byte, names, serve

from sketchlib._shared.files import Busy, alone
from sketchlib.drawing import quickdraw
from sketchlib.records import downloads, remote
from sketchlib.records.downloads import DownloadError

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
    bucket.versions, bucket.budget = True, 30_000
    with pytest.raises(
        DownloadError, match=r"no connection .* run it again .* doodles work offline"
    ):
        fetch(bucket, tmp_path, count=300)
    assert names(tmp_path) == ["cat.ndjson.part", "cat.ndjson.part.version"]
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


# What others made, and what was there before


def other_lines(count: int, word: str = "cat") -> list[bytes]:
    """Sound drawings of that class, which are not those on the server."""
    records = ({"word": word, "key_id": f"mine{n}", "drawing": [[[n], [n]]]} for n in range(count))
    return [json.dumps(record).encode() + b"\n" for record in records]


@pytest.mark.parametrize(
    "mine", [b"".join(other_lines(20)), b"no line", b"".join(other_lines(20000))]
)
def test_drawings_of_somebody_else_are_never_overwritten(bucket, tmp_path, mine):
    serve(bucket, "cat")
    (tmp_path / "cat.ndjson").write_bytes(mine)
    with pytest.raises(ValueError, match=r"cat\.ndjson.*; move it to another folder"):
        fetch(bucket, tmp_path, count=30_000)
    assert content(tmp_path) == mine


@pytest.mark.parametrize("versions", [False, True])
@pytest.mark.parametrize("broken", [3, 30_000])
def test_the_beginning_of_an_old_file_is_downloaded_anew(bucket, tmp_path, versions, broken):
    bucket.versions = versions
    lines = serve(bucket, "cat")
    bucket.budget = broken
    with pytest.raises(DownloadError, match="run it again to go on"):
        fetch(bucket, tmp_path)
    bucket.budget = math.inf
    new = [*other_lines(7), *lines]
    bucket.files["simplified/cat.ndjson"] = b"".join(new)
    fetch(bucket, tmp_path)
    assert content(tmp_path) == b"".join(new[:100]) and names(tmp_path) == ["cat.ndjson"]


def test_the_beginning_of_an_old_file_is_known_by_its_version(bucket, tmp_path):
    bucket.versions, bucket.budget = True, 30_000
    lines = serve(bucket, "cat")
    with pytest.raises(DownloadError, match="run it again to go on"):
        fetch(bucket, tmp_path)
    bucket.budget = math.inf
    new = [lines[1], lines[0], *lines[2:]]  # of the same length, so that what comes goes on
    bucket.files["simplified/cat.ndjson"] = b"".join(new)
    fetch(bucket, tmp_path)
    assert content(tmp_path) == b"".join(new[:100]) and names(tmp_path) == ["cat.ndjson"]


def test_the_beginning_of_a_longer_file_is_downloaded_anew(bucket, tmp_path):
    lines = serve(bucket, "cat")[:50]
    (tmp_path / "cat.ndjson.part").write_bytes(b"".join(lines) + b'{"word"')
    bucket.files["simplified/cat.ndjson"] = b"".join(lines[:20])
    fetch(bucket, tmp_path)
    assert content(tmp_path) == b"".join(lines[:20])


def test_leftovers_of_a_killed_download_are_swept(bucket, tmp_path):
    lines = serve(bucket, "cat")
    fetch(bucket, tmp_path)
    (tmp_path / "cat.ndjson.part").write_bytes(b"".join(lines[:200]))
    (tmp_path / "cat.ndjson.part.version").write_text("1", "utf-8")
    fetch(bucket, tmp_path)
    assert names(tmp_path) == ["cat.ndjson"]


def test_who_downloads_to_the_same_folder_already_is_named(bucket, tmp_path):
    lines = serve(bucket, "cat")
    folder = tmp_path / "cats"
    with (
        alone(folder, "downloads drawings to"),
        pytest.raises(
            Busy, match=rf"process {os.getpid()} on .* downloads drawings to .*cats: wait"
        ),
    ):
        fetch(bucket, folder)
    assert names(folder) == []
    fetch(bucket, folder)
    with alone(folder, "downloads drawings to"):  # for what is there nobody needs to wait
        fetch(bucket, folder, count=50)
    assert content(folder) == b"".join(lines[:100])


def links(path, target):
    try:
        path.symlink_to(target)
    except OSError:
        pytest.skip("this system lets nobody make links")


def test_links_lead_to_no_file_elsewhere(bucket, tmp_path):
    serve(bucket, "cat")
    (tmp_path / "secret").write_bytes(b"secret")
    folder = tmp_path / "cats"
    folder.mkdir()
    for name in ("cat.ndjson", "cat.ndjson.part", "cat.ndjson.part.version"):
        links(folder / name, tmp_path / "secret")
        with pytest.raises((FileExistsError, ValueError), match="move it to another folder"):
            fetch(bucket, folder)
        (folder / name).unlink()
    assert (tmp_path / "secret").read_bytes() == b"secret" and bucket.ranges == []


def test_a_folder_that_is_none_is_refused_in_a_sentence(bucket, tmp_path):
    (tmp_path / "file").write_bytes(b"mine")
    links(tmp_path / "link", tmp_path / "nowhere")
    for name in ("file", "link"):
        with pytest.raises(
            FileExistsError, match=f"{name} is there already and is no folder: name"
        ):
            fetch(bucket, tmp_path / name)
    with pytest.raises(DownloadError, match=r"file.*: .*; mend that or name another folder"):
        fetch(bucket, tmp_path / "file" / "below")
    (tmp_path / "cat.ndjson").mkdir()
    with pytest.raises(FileExistsError, match=r"cat\.ndjson is no file of its own: move it"):
        fetch(bucket, tmp_path)
    assert (tmp_path / "file").read_bytes() == b"mine" and bucket.ranges == []


@pytest.mark.parametrize(
    "url", ["nonsense", "http://[::1", "ftp://127.0.0.1", "http://", "http://a b"]
)
def test_a_bad_address_is_told_in_a_sentence(tmp_path, url, capsys):
    wish = ["--classes", "cat", "--count", "20", "--folder", str(tmp_path), "--base-url", url]
    assert downloads.main(["drawings", *wish]) == 1
    error = capsys.readouterr().err
    assert "check" in error.splitlines()[-1] and "Traceback" not in error


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
