"""One file on a server that misbehaves: it is read whole, or it is said why not."""

import base64
import hashlib
import io
import re
from types import SimpleNamespace

import numpy as np
import pytest
import requests
from bad_servers import FAULTS
from buckets import content, fetch, first_byte, names, serve

from sketchlib.records import remote
from sketchlib.records.remote import DownloadError, Misfit, Remote


def test_all_there_are_from_a_server_that_tells_no_length(bucket, tmp_path):
    lines = serve(bucket, "cat")
    bucket.ignore_range = bucket.no_length = True
    fetch(bucket, tmp_path, count=10**6)
    assert content(tmp_path) == b"".join(lines)


def test_broken_connections_are_taken_up_again(bucket, tmp_path):
    lines = serve(bucket, "cat")
    bucket.drop_after, bucket.drops = 20_000, remote.RETRIES + 2  # each after some progress
    fetch(bucket, tmp_path, count=300)
    assert bucket.drops == 0 and content(tmp_path) == b"".join(lines[:300])
    assert 20_000 - remote.BLOCK_BYTES < first_byte(bucket.ranges[1]) <= 20_000


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_busy_server_is_asked_again(bucket, tmp_path, status):
    lines = serve(bucket, "cat")
    bucket.statuses = [status] * remote.RETRIES
    fetch(bucket, tmp_path)
    assert content(tmp_path) == b"".join(lines[:100])


def test_a_server_that_stays_busy_is_given_up(bucket, tmp_path):
    serve(bucket, "cat")
    bucket.statuses = [503] * 100
    with pytest.raises(DownloadError, match=r"cat\.ndjson that lasts: 503 .*; what arrived"):
        fetch(bucket, tmp_path)
    assert len(bucket.ranges) == remote.RETRIES + 1


@pytest.mark.parametrize(("status", "reason"), [(404, r"does not exist \(404\)"), (403, "403")])
def test_a_refusal_is_final(bucket, tmp_path, status, reason):
    bucket.statuses = [status] * 2
    with pytest.raises(DownloadError, match=rf"simplified/cat\.ndjson .*{reason}"):
        fetch(bucket, tmp_path)
    assert len(bucket.ranges) == 1 and "cat.ndjson" not in names(tmp_path)


@pytest.mark.parametrize("no_length", [False, True])
def test_a_server_without_range_is_stopped_early(bucket, tmp_path, no_length):
    lines = serve(bucket, "cat", copies=100)
    bucket.ignore_range, bucket.no_length = True, no_length
    fetch(bucket, tmp_path, count=100)
    fetch(bucket, tmp_path, count=900)
    assert content(tmp_path) == b"".join(lines[:900])
    assert bucket.sent < len(b"".join(lines)) / 2


def test_without_a_connection_the_doodles_are_recommended(bucket, tmp_path):
    bucket.shutdown()
    bucket.server_close()
    with pytest.raises(DownloadError) as error:
        fetch(bucket, tmp_path)
    assert re.fullmatch(
        r"no connection to http://127\.0\.0\.1:\d+/simplified/cat\.ndjson that lasts: "
        r"[^<>]*refused[^<>]*; what arrived .*; the procedural doodles work offline",
        str(error.value),
    )


NUMBERS = np.arange(64_000, dtype="<u4").tobytes()


@pytest.fixture
def numbers(bucket):
    """256,000 bytes on the server, which tell where they stood."""
    bucket.files["numbers"] = NUMBERS
    with requests.Session() as session:
        yield Remote(session, f"{bucket.url}/numbers")


@pytest.mark.parametrize("ignore_range", [False, True])
@pytest.mark.parametrize(("start", "stop"), [(0, 10), (70_001, 90_000), (255_990, None), (0, None)])
def test_a_file_is_read_from_any_byte_on(bucket, numbers, start, stop, ignore_range):
    bucket.ignore_range = ignore_range
    read = b"".join(numbers.blocks(start, stop))
    assert read == NUMBERS[start : start + len(read)]
    assert len(read) == (stop or len(NUMBERS)) - start


def test_nothing_is_left_to_read_behind_the_end(bucket, numbers):
    assert list(numbers.blocks(len(NUMBERS), len(NUMBERS) + 100)) == []
    assert numbers.size == len(NUMBERS) and len(bucket.ranges) == 1


def test_size_and_md5_are_known_once_the_server_has_told(bucket, numbers):
    assert numbers.size is numbers.md5 is None
    next(numbers.blocks(0, 10))
    assert numbers.size == len(NUMBERS)
    assert base64.b64decode(numbers.md5) == hashlib.md5(NUMBERS).digest()


def test_a_break_costs_no_more_than_a_block_and_changes_no_byte(bucket, numbers):
    bucket.drop_after, bucket.drops = 50_000, 3
    assert b"".join(numbers.blocks(0)) == NUMBERS
    starts = [first_byte(asked) for asked in bucket.ranges]
    assert len(starts) == 4 and starts[0] == 0
    assert all(0 <= 50_000 - step < remote.BLOCK_BYTES for step in np.diff(starts))


def test_the_pauses_between_retries_grow(bucket, numbers, monkeypatch):
    pauses = []
    monkeypatch.setattr(remote, "time", SimpleNamespace(sleep=pauses.append))
    bucket.statuses = [503] * 100
    with pytest.raises(DownloadError, match="503"):
        next(numbers.blocks(0))
    assert pauses == [remote.BACKOFF_SECONDS * factor for factor in (1, 2, 4, 8)]


def test_a_login_page_is_no_file(bucket, numbers):
    bucket.html = True
    with pytest.raises(DownloadError, match="answers with a web page: is a login or proxy between"):
        next(numbers.blocks(0))


def test_one_connection_does_for_many_ranges(bucket, numbers):
    for start in range(0, 200_000, 20_000):
        assert b"".join(numbers.blocks(start, start + 20_000)) == NUMBERS[start : start + 20_000]
    assert len(bucket.ranges) == 10 and len(bucket.clients) == 1


@pytest.mark.parametrize(
    "name",
    ["never_answers", "drips_headers", "drips", "drips_chunks", "drips_within_a_chunks_length"],
)
def test_what_trickles_in_is_given_up(bucket, numbers, monkeypatch, name):
    monkeypatch.setattr(remote, "TIMEOUT_SECONDS", 0.2)
    bucket.fault = FAULTS[name]
    with pytest.raises(DownloadError, match=r"lasts: .*(8,192 bytes in 0\.2 seconds|timed out)"):
        list(numbers.blocks(0))
    assert len(bucket.ranges) == remote.RETRIES + 1


def test_ten_bytes_for_each_connection_are_no_progress(bucket, numbers):
    bucket.fault = FAULTS["sends_ten_bytes_each_time"]
    with pytest.raises(DownloadError, match=r"no connection .* that lasts"):
        list(numbers.blocks(0))
    assert len(bucket.ranges) == remote.RETRIES + 1


@pytest.mark.parametrize(
    "name", ["sends_the_part_and_then_more", "sends_chunks_without_end", "goes_on_beyond_the_end"]
)
def test_no_more_is_taken_than_was_asked_for(bucket, numbers, name):
    bucket.fault = FAULTS[name]
    assert b"".join(numbers.blocks(50_000, 90_000)) == NUMBERS[50_000:90_000]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("sends_another_part", "sends another part than was asked for"),
        ("always_sends_the_beginning", "sends another part than was asked for"),
        ("tells_nonsense_of_the_range", "sends another part than was asked for"),
        ("compresses_it", "comes compressed, unasked"),
        ("says_it_compresses_and_does_not", "comes compressed, unasked"),
        ("leads_in_circles", "leads from one address to the next"),
        ("says_a_lot_before_it_leads_on", "leads from one address to the next"),
        ("leads_to_no_address", "is no address"),
        ("leads_to_another_protocol", "is no address"),
        ("leads_nowhere", "answers 302"),
        ("leads_to_a_closed_door", "lasts: .*refused"),
        ("sends_a_chunk_without_length", "no connection .* that lasts"),
        ("breaks_off_in_a_chunk", "no connection .* that lasts"),
        ("speaks_no_http", "no connection .* that lasts"),
        ("answers_with_a_number_nobody_knows", "answers 799"),
    ],
)
def test_what_is_wrong_with_an_answer_is_told_in_a_sentence(bucket, numbers, name, reason):
    bucket.fault = FAULTS[name]
    with pytest.raises(DownloadError, match=reason) as told:
        list(numbers.blocks(1000))
    assert "\n" not in str(told.value)


def test_a_redirect_is_followed(bucket, numbers):
    bucket.files["moved"] = b""
    bucket.fault = lambda handler, *_: (
        handler.send_response(302),
        handler.send_header("Location", "/numbers"),
        handler.end_headers(),
        setattr(bucket, "fault", None),
    )
    moved = Remote(numbers.session, f"{bucket.url}/moved")
    assert b"".join(moved.blocks(0)) == NUMBERS


def test_nothing_is_fetched_in_the_open_after_https():
    asked = []

    class Session(requests.Session):
        def get(self, url, **_):
            asked.append(url)
            response = requests.Response()
            response.status_code, response.raw = 302, io.BytesIO()
            response.headers["Location"] = "http://example.org/x"
            return response

    with pytest.raises(DownloadError, match=r"leads to http://example\.org/x, which is not secure"):
        list(Remote(Session(), "https://example.org/x").blocks(0))
    assert asked == ["https://example.org/x"]


def test_https_is_never_given_up_for_http(bucket):
    url = bucket.url.replace("http:", "https:")  # which this server does not speak
    with (
        requests.Session() as session,
        pytest.raises(DownloadError, match="no connection to https"),
    ):
        list(Remote(session, f"{url}/numbers").blocks(0))
    assert bucket.ranges == []


def test_a_file_that_changes_meanwhile_is_noticed(bucket, numbers):
    bucket.versions = True
    blocks = numbers.blocks(0, 10_000)
    next(blocks)
    list(blocks)
    bucket.files["numbers"] = NUMBERS[::-1]
    with pytest.raises(Misfit, match="has changed since its first bytes came: run it again"):
        list(numbers.blocks(10_000))
    later = Remote(numbers.session, numbers.url, version=numbers.version)
    with pytest.raises(Misfit):
        list(later.blocks(10_000))


def test_a_file_of_another_size_than_expected_is_refused_before_its_first_byte(bucket, numbers):
    numbers.expected = 5
    with pytest.raises(DownloadError, match="is 256,000 bytes long, not 5: check the address"):
        next(numbers.blocks(0))
