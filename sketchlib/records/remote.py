"""One file on an HTTP server, read from any byte on, whatever breaks on the way."""

import re
import sys
import time
from collections.abc import Iterator

import requests

RETRIES = 4  # in a row, without a byte between them
BACKOFF_SECONDS = 0.5  # doubled at every retry
TIMEOUT_SECONDS = 30
BLOCK_BYTES = 2**13  # as much as a break may lose


class DownloadError(OSError):
    """A download that cannot go on; the message says why and what to do."""


class Remote:
    """One file on a server, read from any byte on, through as many connections as it takes."""

    def __init__(self, session: requests.Session, url: str):
        self.session, self.url = session, url
        self.size: int | None = None  # known once the server has told, or has sent the last byte
        self.md5: str | None = None  # base64, where the server tells

    def blocks(self, start: int, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `start` to about `stop`, or to the end if that comes first."""
        failures = 0
        while True:
            try:
                with self._answer(start, stop) as response:
                    for block in _body(response, start):
                        yield block
                        start, failures = start + len(block), 0
                        if response.status_code == 200 and start >= (stop or sys.maxsize):
                            break  # a range ends by itself, and leaves the connection usable
                if stop is not None and start >= stop:
                    return
                if self.size is None:  # an answer that names no length ends where the file ends
                    self.size = start
                if start >= self.size:
                    return
                cause = "the answer ended early"
            except requests.RequestException as error:
                cause = _cause(error)
            failures += 1
            if failures > RETRIES:
                raise DownloadError(
                    f"no connection to {self.url} that lasts: {cause}; what arrived is kept, so "
                    "run it again to go on; the procedural doodles work offline"
                )
            time.sleep(BACKOFF_SECONDS * 2 ** (failures - 1))

    def _answer(self, start: int, stop: int | None) -> requests.Response:
        """Ask for a range; note size and md5; raise an error worth a retry, or else a sentence."""
        span = f"bytes={start}-{'' if stop is None else stop - 1}"
        response = self.session.get(
            self.url,
            headers={"Range": span, "Accept-Encoding": "identity"},  # a range of the file's bytes
            stream=True,
            timeout=TIMEOUT_SECONDS,
        )
        status, headers = response.status_code, response.headers
        if status == 429 or status >= 500:
            response.raise_for_status()
        if status == 404:
            raise DownloadError(f"{self.url} does not exist (404): check the address")
        if status not in (200, 206, 416):
            raise DownloadError(f"{self.url} answers {status} {response.reason}: check the address")
        if status != 416 and headers.get("Content-Type", "").startswith("text/html"):
            raise DownloadError(f"{self.url} answers with a web page: is a login or proxy between?")
        length = headers.get("Content-Length" if status == 200 else "Content-Range", "")
        if size := re.search(r"(?:^|/)(\d+)$", length):
            self.size = int(size[1])
        if md5 := re.search(r"md5=([\w+/]+=*)", headers.get("x-goog-hash", "")):
            self.md5 = md5[1]
        return response


def _body(response: requests.Response, start: int) -> Iterator[bytes]:
    """Yield what is new in an answer: a server that ignores Range sends all from byte 0."""
    skip = {200: start, 206: 0, 416: sys.maxsize}[response.status_code]
    for block in response.iter_content(BLOCK_BYTES):
        if len(block) > skip:
            yield block[skip:]
        skip = max(0, skip - len(block))


def _cause(error: requests.RequestException) -> str:
    """Return the innermost reason of an error, without the addresses of Python objects."""
    reason = getattr(error.args[0], "reason", error) if error.args else error
    return re.sub(r"^(<[^>]*>|\w+\(.*?\)): ", "", str(reason))
