"""What servers, and whatever is between, can do wrong: each answers for a `Bucket` in its way."""

import contextlib
import gzip
import itertools
import random
import time
import zlib

DRIP_SECONDS = 0.02  # between two bytes
FAULTS = {}


def fault(function):
    """Note a fault by its name; it is given the handler, the file, and the first and last byte."""
    FAULTS[function.__name__] = function
    return function


def say(handler, *pieces: bytes) -> None:
    for piece in pieces:
        handler.wfile.write(piece)


def begin(handler, status: int, *headers: str) -> None:
    lines = [f"HTTP/1.1 {status} So", "Connection: close", *headers, "", ""]
    say(handler, "\r\n".join(lines).encode("latin-1"))


def part(content: bytes, first: int, last: int, size: int | str | None = None) -> str:
    return f"Content-Range: bytes {first}-{last}/{len(content) if size is None else size}"


def length(first: int, last: int) -> str:
    return f"Content-Length: {last - first + 1}"


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


CHUNKED = "Transfer-Encoding: chunked"


def without_end(handler, piece: bytes) -> None:
    """Send something again and again, until nobody listens or 64 MB are sent."""
    with contextlib.suppress(OSError):
        for _ in range(2**26 // len(piece)):
            say(handler, piece)


def drip(handler, data: bytes) -> None:
    """Send a byte at a time, slowly, for half a minute at most."""
    with contextlib.suppress(OSError):
        for byte in itertools.islice(data, int(30 / DRIP_SECONDS)):
            say(handler, bytes([byte]))
            time.sleep(DRIP_SECONDS)


@fault
def hangs_up(handler, content, first, last):
    """Say nothing."""


@fault
def never_answers(handler, content, first, last):
    handler.rfile.read(1)  # until the client has gone


@fault
def stops_within_the_headers(handler, content, first, last):
    say(handler, b"HTTP/1.1 206 Par")


@fault
def speaks_no_http(handler, content, first, last):
    say(handler, b"SSH-2.0-OpenSSH_9.7\r\n")


@fault
def sends_noise(handler, content, first, last):
    say(handler, random.Random(first).randbytes(3000))


@fault
def drips_headers(handler, content, first, last):
    drip(handler, b"HTTP/1.1 206 So\r\nX-Long: " + bytes(b"a" * 10_000))


@fault
def drips(handler, content, first, last):
    begin(handler, 206, length(first, last), part(content, first, last))
    drip(handler, content[first : last + 1])


@fault
def drips_chunks(handler, content, first, last):
    begin(handler, 206, CHUNKED, part(content, first, last))
    with contextlib.suppress(OSError):
        for byte in content[first : first + 1500]:
            say(handler, chunk(bytes([byte])))
            time.sleep(DRIP_SECONDS)


@fault
def drips_within_a_chunks_length(handler, content, first, last):
    begin(handler, 206, CHUNKED, part(content, first, last))
    drip(handler, b"1;" + b"a" * 10_000)


@fault
def cuts_off(handler, content, first, last):
    begin(handler, 206, length(first, last), part(content, first, last))
    say(handler, content[first : first + (last - first) // 2])


@fault
def sends_ten_bytes_each_time(handler, content, first, last):
    begin(handler, 206, length(first, last), part(content, first, last))
    say(handler, content[first : first + 10])


@fault
def claims_too_little(handler, content, first, last):
    begin(handler, 206, length(first, last - 5), part(content, first, last))
    say(handler, content[first : last + 1])


@fault
def claims_too_much(handler, content, first, last):
    begin(handler, 206, length(first, last + 1000), part(content, first, last))
    say(handler, content[first : last + 1])


@fault
def sends_the_part_and_then_more(handler, content, first, last):
    begin(handler, 206, part(content, first, last))
    say(handler, content[first : last + 1])
    without_end(handler, b"more" * 5000)


@fault
def sends_chunks_without_end(handler, content, first, last):
    begin(handler, 206, CHUNKED, part(content, first, last))
    say(handler, chunk(content[first : last + 1]))
    without_end(handler, chunk(b"more" * 5000))


@fault
def sends_something_else_without_end(handler, content, first, last):
    begin(handler, 200, "Content-Type: application/octet-stream")
    without_end(handler, b"more" * 5000)


@fault
def sends_lines_without_end(handler, content, first, last):
    begin(handler, 200, CHUNKED)
    without_end(handler, chunk(content[:20_000]))


@fault
def ignores_the_range(handler, content, first, last):
    begin(handler, 200, f"Content-Length: {len(content)}")
    say(handler, content)


@fault
def ignores_the_range_and_tells_no_length(handler, content, first, last):
    begin(handler, 200)
    say(handler, content)


@fault
def ignores_the_range_in_chunks(handler, content, first, last):
    begin(handler, 200, CHUNKED)
    say(handler, *(chunk(content[i : i + 5000]) for i in range(0, len(content), 5000)), chunk(b""))


@fault
def sends_another_part(handler, content, first, last):
    begin(handler, 206, length(first, last), part(content, first + 100, last + 100))
    say(handler, content[first : last + 1])


@fault
def always_sends_the_beginning(handler, content, first, last):
    begin(handler, 206, length(0, last - first), part(content, 0, last - first))
    say(handler, content[: last - first + 1])


@fault
def sends_a_part_of_it_knows_not_what(handler, content, first, last):
    begin(handler, 206, length(first, last))
    say(handler, content[first : last + 1])


@fault
def does_not_know_the_size(handler, content, first, last):
    begin(handler, 206, length(first, last), part(content, first, last, "*"))
    say(handler, content[first : last + 1])


@fault
def tells_a_size_of_ten_thousand_digits(handler, content, first, last):
    begin(handler, 206, length(first, last), part(content, first, last, "9" * 10_000))
    say(handler, content[first : last + 1])


@fault
def tells_a_size_of_an_exabyte(handler, content, first, last):
    begin(handler, 206, length(first, last), part(content, first, last, 10**18 - 1))
    say(handler, content[first : last + 1])


@fault
def tells_another_size_each_time(handler, content, first, last):
    size = len(content) + len(handler.server.ranges)
    begin(handler, 206, length(first, last), part(content, first, last, size))
    say(handler, content[first : first + 9000])


@fault
def tells_nonsense_of_the_range(handler, content, first, last):
    begin(handler, 206, length(first, last), "Content-Range: some bytes")
    say(handler, content[first : last + 1])


@fault
def sends_several_parts_in_one(handler, content, first, last):
    begin(handler, 206, "Content-Type: multipart/byteranges; boundary=x", "Content-Length: 20")
    say(handler, b"--x\r\n\r\n" + content[:13])


@fault
def has_nothing_from_there_on(handler, content, first, last):
    begin(handler, 416, f"Content-Range: bytes */{len(content)}", "Content-Length: 0")


@fault
def has_nothing_and_tells_no_size(handler, content, first, last):
    begin(handler, 416, "Content-Length: 0")


@fault
def has_nothing_new(handler, content, first, last):
    begin(handler, 304)


@fault
def has_no_content(handler, content, first, last):
    begin(handler, 204)


@fault
def is_broken(handler, content, first, last):
    begin(handler, 500, "Content-Length: 4")
    say(handler, b"oops")


@fault
def is_overloaded(handler, content, first, last):
    begin(handler, 429, "Retry-After: 100000", "Content-Length: 0")


@fault
def forbids_it(handler, content, first, last):
    begin(handler, 403, "Content-Length: 0")


@fault
def does_not_find_it(handler, content, first, last):
    begin(handler, 404, "Content-Length: 0")


@fault
def answers_with_a_number_nobody_knows(handler, content, first, last):
    begin(handler, 799, "Content-Length: 0")


@fault
def leads_in_circles(handler, content, first, last):
    begin(handler, 302, f"Location: {handler.path}", "Content-Length: 0")


@fault
def leads_nowhere(handler, content, first, last):
    begin(handler, 302, "Content-Length: 0")


@fault
def leads_to_a_closed_door(handler, content, first, last):
    begin(handler, 302, "Location: http://127.0.0.1:9/x", "Content-Length: 0")


@fault
def leads_to_no_address(handler, content, first, last):
    begin(handler, 302, "Location: http://[::1/x", "Content-Length: 0")


@fault
def leads_to_another_protocol(handler, content, first, last):
    begin(handler, 301, "Location: file:///etc/passwd", "Content-Length: 0")


@fault
def leads_on_with_a_word_in_no_encoding(handler, content, first, last):
    begin(handler, 301, "Location: /\xff\xfe", "Content-Length: 0")


@fault
def says_a_lot_before_it_leads_on(handler, content, first, last):
    begin(handler, 302, f"Location: {handler.path}")
    without_end(handler, b"more" * 5000)


@fault
def shows_a_login(handler, content, first, last):
    begin(handler, 200, "Content-Type: text/html", "Content-Length: 15")
    say(handler, b"<p>Who are you?")


@fault
def shows_a_login_in_the_places_of_the_file(handler, content, first, last):
    begin(handler, 206, length(first, last), part(content, first, last))
    say(handler, (b"<p>Who are you?\n" * len(content))[first : last + 1])


@fault
def compresses_it(handler, content, first, last):
    packed = gzip.compress(content)
    begin(handler, 200, "Content-Encoding: gzip", f"Content-Length: {len(packed)}")
    say(handler, packed)


@fault
def says_it_compresses_and_does_not(handler, content, first, last):
    begin(handler, 206, "Content-Encoding: deflate", part(content, first, last))
    say(handler, content[first : last + 1])


@fault
def compresses_and_says_nothing(handler, content, first, last):
    begin(handler, 200, "Content-Type: application/octet-stream")
    say(handler, zlib.compress(content))


@fault
def sends_a_chunk_without_length(handler, content, first, last):
    begin(handler, 206, CHUNKED, part(content, first, last))
    say(handler, b"what?\r\n" + content[first : last + 1])


@fault
def sends_a_chunk_of_negative_length(handler, content, first, last):
    begin(handler, 206, CHUNKED, part(content, first, last))
    say(handler, b"-5\r\n" + content[first : last + 1])


@fault
def breaks_off_in_a_chunk(handler, content, first, last):
    begin(handler, 206, CHUNKED, part(content, first, last))
    say(handler, b"fffff\r\n" + content[first : first + 10_000])


@fault
def forgets_the_last_chunk(handler, content, first, last):
    begin(handler, 206, CHUNKED, part(content, first, last))
    say(handler, chunk(content[first : last + 1]))
    time.sleep(0.1)


@fault
def is_another_file_each_time(handler, content, first, last):
    version = f'ETag: "{len(handler.server.ranges)}"'
    begin(handler, 206, length(first, last), part(content, first, last), version)
    say(handler, content[first : first + 9000])


@fault
def zeroes_a_stretch(handler, content, first, last):
    begin(handler, 206, length(first, last), part(content, first, last))
    middle = (first + last) // 2
    say(handler, content[first:middle], bytes(last + 1 - middle))


@fault
def has_a_header_without_end(handler, content, first, last):
    say(handler, b"HTTP/1.1 206 So\r\nX-Long: ")
    without_end(handler, b"a" * 10_000)


@fault
def has_ten_thousand_headers(handler, content, first, last):
    begin(handler, 206, *(f"X-{number}: x" for number in range(10_000)), length(first, last))


@fault
def has_headers_in_no_encoding(handler, content, first, last):
    begin(handler, 206, "ETag: \xff\x80\xfe", length(first, last), part(content, first, last))
    say(handler, content[first : last + 1])


@fault
def tells_a_negative_length(handler, content, first, last):
    begin(handler, 200, "Content-Length: -5")
    say(handler, content)


@fault
def tells_two_lengths(handler, content, first, last):
    begin(handler, 200, "Content-Length: 5", f"Content-Length: {len(content)}")
    say(handler, content)


@fault
def tells_a_length_in_words(handler, content, first, last):
    begin(handler, 200, "Content-Length: many")
    say(handler, content)


@fault
def has_another_digest(handler, content, first, last):
    digest = "x-goog-hash: md5=AAAAAAAAAAAAAAAAAAAAAA=="
    begin(handler, 206, length(first, last), part(content, first, last), digest)
    say(handler, content[first : last + 1])


@fault
def goes_on_beyond_the_end(handler, content, first, last):
    begin(handler, 206, part(content, first, last, len(content) + 10_000))
    say(handler, content[first:], b"more" * 2500)
