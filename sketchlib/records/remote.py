"""One file on an HTTP server, read from any byte on, whatever breaks on the way."""

import re
import sys
import time
from collections.abc import Generator, Iterable, Iterator
from queue import Empty, SimpleQueue
from threading import Thread
from urllib.parse import urljoin

import requests

RETRIES = 4  # in a row, without a block between them
BACKOFF_SECONDS = 0.5  # doubled at every retry
TIMEOUT_SECONDS = 30  # in which a block must come, or else the connection counts as broken
BLOCK_BYTES = 2**13  # as much as a break may lose
MOST_REDIRECTS = 5
VERSIONS = ("x-goog-generation", "ETag", "Last-Modified")  # headers that change with the file
NUMBER = r"(\d{1,18})"
RANGE = re.compile(rf"bytes (?:{NUMBER}-\d+|\*)/(?:{NUMBER}|\*)")
Blocks = Generator[bytes, None, None]


class DownloadError(OSError):
    """A download that cannot go on; the message says why and what to do."""


class Misfit(DownloadError):
    """What comes does not go on where the bytes that are here end: the file is another one now."""


class Remote:
    """One file on a server, read from any byte on, through as many connections as it takes.

    version: what `version` was when the bytes came that are here already, None where nobody knows.
    expected: the size in bytes, where a file of another one will not do.
    """

    def __init__(
        self,
        session: requests.Session,
        url: str,
        version: str | None = None,
        expected: int | None = None,
    ):
        self.session, self.url, self.version, self.expected = session, url, version, expected
        self.size: int | None = None  # known once the server has told, or has sent the last byte
        self.md5: str | None = None  # base64, where the server tells

    def blocks(self, start: int, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `stop`, or to the end if that comes first.

        Raises Misfit where the file has changed, DownloadError where no connection lasts or the
        server has something else.
        """
        failures = 0
        while start < self._end(stop):
            cause = "the answer ended early"
            try:
                for block in _in_time(self._answer(start, stop)):
                    new = block[: self._end(stop) - start]
                    if block and not new:
                        break  # more comes than there is, or than was asked for
                    if len(new) == BLOCK_BYTES:
                        failures = 0
                    if new:
                        yield new
                    start += len(new)
            except requests.RequestException as error:
                cause = _cause(error)
            if start >= self._end(stop):
                return
            failures += 1
            if failures > RETRIES:
                raise DownloadError(
                    f"no connection to {self.url} that lasts: {cause}; what arrived is kept, so "
                    "run it again to go on; the procedural doodles work offline"
                )
            time.sleep(BACKOFF_SECONDS * 2 ** (failures - 1))

    def _end(self, stop: int | None) -> int:
        """Return the byte to read to, as far as it is known."""
        return min(end for end in (stop, self.size, sys.maxsize) if end is not None)

    def _answer(self, start: int, stop: int | None) -> Blocks:
        """Ask for a range once; yield the answer's blocks, without the bytes before `start`."""
        span = f"bytes={start}-{'' if stop is None else stop - 1}"
        with self._ask(span) as response:
            _check(response, self.url, start)
            self._note(response, start)
            if response.status_code == 416:  # there is nothing from there on
                return
            whole = response.status_code == 200  # from a server that ignores Range
            position = 0 if whole else start
            for block in _regrouped(response.iter_content(BLOCK_BYTES)):
                yield block[max(0, start - position) :]
                position += len(block)
                if whole and position >= self._end(stop):
                    return
            if whole and self.size is self.expected is None:  # it ends where the file ends
                self.size = position

    def _ask(self, span: str) -> requests.Response:
        """Ask for a range wherever the file has moved to, though never in the open after https."""
        url = self.url
        for _ in range(MOST_REDIRECTS):
            try:
                response = self.session.get(
                    url,
                    headers={"Range": span, "Accept-Encoding": "identity"},  # the file's own bytes
                    stream=True,
                    timeout=TIMEOUT_SECONDS,
                    allow_redirects=False,  # else it would first read all that comes with them
                )
                target = self.session.get_redirect_target(response)
                if target is None:
                    return response
                response.close()
                url, before = urljoin(url, target), url
            except ValueError as error:
                raise DownloadError(f"{url} is no address ({error}): check {self.url}") from None
            if before.startswith("https:") and not url.startswith("https:"):
                raise DownloadError(f"{before} leads to {url}, which is not secure: check it")
        raise DownloadError(f"{self.url} leads from one address to the next: check it")

    def _note(self, response: requests.Response, start: int) -> None:
        """Note size, version and md5; raise an error if they are not what they were."""
        headers = response.headers
        if response.status_code == 200:
            told = re.fullmatch(NUMBER, headers.get("Content-Length", ""))
            size = told and int(told[1])
        else:
            told = RANGE.fullmatch(headers.get("Content-Range", ""))
            size = int(told[2]) if told and told[2] else None
        if size is None and response.status_code == 416:
            size = start
        if size is not None and self.expected not in (None, size):
            raise DownloadError(
                f"{self.url} is {size:,} bytes long, not {self.expected:,}: check the address"
            )
        version = next((headers[name] for name in VERSIONS if name in headers), None)
        if version and self.version not in (None, version):
            raise Misfit(f"{self.url} has changed since its first bytes came: run it again")
        self.size = self.size if size is None else size
        self.version = version or self.version
        if md5 := re.search(r"md5=([\w+/]+=*)", headers.get("x-goog-hash", "")):
            self.md5 = md5[1]


def _check(response: requests.Response, url: str, start: int) -> None:
    """Raise an error worth a retry, or else a sentence, for an answer that is not the file's."""
    status, headers = response.status_code, response.headers
    if status == 429 or 500 <= status < 600:
        response.raise_for_status()
    if status == 404:
        raise DownloadError(f"{url} does not exist (404): check the address")
    if status not in (200, 206, 416):
        raise DownloadError(f"{url} answers {status} {response.reason}: check the address")
    if status != 416 and headers.get("Content-Type", "").startswith("text/html"):
        raise DownloadError(f"{url} answers with a web page: is a login or proxy between?")
    if headers.get("Content-Encoding", "identity").lower() != "identity":
        raise DownloadError(f"{url} comes compressed, unasked: is a proxy between?")
    told = RANGE.fullmatch(headers.get("Content-Range", ""))
    if status == 206 and not (told and told[1] and int(told[1]) == start):
        raise DownloadError(f"{url} sends another part than was asked for: try again later")


def _regrouped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Join pieces, of which some servers send one byte each, to whole blocks and a last one."""
    block = b""
    for piece in pieces:
        block += piece
        if len(block) >= BLOCK_BYTES:
            yield block[:BLOCK_BYTES]
            block = block[BLOCK_BYTES:]
    yield block


def _in_time(blocks: Blocks) -> Iterator[bytes]:
    """Yield blocks that are awaited in another thread, or raise Timeout where one takes too long.

    A time limit of requests is one for each byte: it knows none for an answer that trickles in.
    """
    wishes: SimpleQueue[bool] = SimpleQueue()
    answers: SimpleQueue[bytes | Exception | None] = SimpleQueue()

    def fetch() -> None:
        while wishes.get():
            try:
                answers.put(next(blocks, None))
            except Exception as error:
                answers.put(error)
        blocks.close()

    Thread(target=fetch, daemon=True).start()
    try:
        while True:
            wishes.put(True)
            answer = answers.get(timeout=TIMEOUT_SECONDS)
            if answer is None:
                return
            if isinstance(answer, Exception):
                raise answer
            yield answer
    except Empty:
        limit = f"less than {BLOCK_BYTES:,} bytes in {TIMEOUT_SECONDS} seconds"
        raise requests.Timeout(limit) from None
    finally:
        wishes.put(False)


def _cause(error: requests.RequestException) -> str:
    """Return the innermost reason of an error, without the addresses of Python objects."""
    reason = getattr(error.args[0], "reason", error) if error.args else error
    return re.sub(r"^(<[^>]*>|\w+\(.*?\)): ", "", str(reason))
