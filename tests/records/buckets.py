"""A real HTTP server on this machine, which misbehaves on demand, and what is asked of it."""

import base64
import hashlib
import json
import math
import os
import re
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from little_world import ROOT

from sketchlib.records.downloads import download_drawings

REAL_DATA = ROOT.parent / "shared" / "quickdraw"


class Bucket(ThreadingHTTPServer):
    """Serves `files` (path → bytes) like Google's bucket, but for the faults it is told to have."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.files: dict[str, bytes] = {}
        self.ranges: list[tuple[str, str]] = []  # what was asked for
        self.sent = 0  # bytes of content
        self.budget = math.inf  # bytes until every connection breaks, for good
        self.drop_after = math.inf  # bytes of an answer until it breaks…
        self.drops = 0  # …so many times
        self.statuses: list[int] = []  # of the next answers
        self.html = self.octets = self.ignore_range = self.no_length = False
        self.md5: str | None = None  # instead of the right one
        self.versions = False  # whether it says which version a file is of
        self.pause = 0.0  # seconds after each bit of content
        self.fault: Callable[[Handler, bytes, int, int], None] | None = None  # what answers instead
        self.clients: set[int] = set()  # their ports, of which each connection has another

    def handle_error(self, request, client_address):
        """Stay quiet where a client hangs up."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        bucket, path = self.server, unquote(self.path)[1:]
        asked = self.headers.get("Range", "")
        bucket.ranges.append((path, asked))
        bucket.clients.add(self.client_address[1])
        if bucket.fault and path in bucket.files:
            self.close_connection = True
            bucket.fault(self, bucket.files[path], *span(asked, len(bucket.files[path])))
        elif bucket.budget <= 0:
            self.close_connection = True
        elif bucket.statuses:
            self.answer(bucket.statuses.pop(0), b"trouble")
        elif bucket.html:
            kind = "application/octet-stream" if bucket.octets else "text/html; charset=utf-8"
            self.answer(200, b"<html>\n<p>Please log in</p>\n</html>\n" * 50, kind)
        elif path not in bucket.files:
            self.answer(404, b"<Error>NoSuchKey</Error>")
        elif bucket.ignore_range or not asked:
            self.answer(200, bucket.files[path])
        else:
            self.answer_range(bucket.files[path], asked)

    def answer_range(self, content: bytes, asked: str):
        first, last = span(asked, len(content))
        digest = self.server.md5 or base64.b64encode(hashlib.md5(content).digest()).decode()
        headers = {"x-goog-hash": f"crc32c=AAAAAA==, md5={digest}"}
        if self.server.versions:
            headers["ETag"] = f'"{hashlib.sha1(content).hexdigest()}"'
        if first >= len(content):
            headers["Content-Range"] = f"bytes */{len(content)}"
            self.answer(416, b"<Error>InvalidRange</Error>", **headers)
        else:
            headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
            self.answer(206, content[first : last + 1], **headers)

    def answer(self, status, content, kind="application/octet-stream", **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if self.server.no_length:
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if status == 416:
            self.wfile.write(content)  # of no file
        else:
            self.send_content(memoryview(content))

    def send_content(self, content: memoryview):
        bucket = self.server
        limit = min(len(content), bucket.budget)
        if bucket.drops and bucket.drop_after < limit:
            limit, bucket.drops = bucket.drop_after, bucket.drops - 1
        self.close_connection |= limit < len(content)
        for start in range(0, limit, 2**14):
            block = content[start : min(start + 2**14, limit)]
            self.wfile.write(block)
            bucket.sent += len(block)
            bucket.budget -= len(block)
            time.sleep(bucket.pause)

    def log_message(self, *_):
        """Stay quiet."""


def span(asked: str, size: int) -> tuple[int, int]:
    """The first and the last byte of a range."""
    first, last = re.fullmatch(r"bytes=(\d+)-(\d*)", asked).groups()
    return int(first), min(int(last or size), size - 1)


def drawing_lines(word: str, layout: str = "simplified", copies: int = 1) -> list[bytes]:
    """The lines of a real file where there is one, or else made-up ones."""
    path = REAL_DATA / layout / f"{word}.ndjson"
    if path.exists():
        return path.read_bytes().splitlines(keepends=True) * copies
    axes = [list(range(50 + len(word)))] * (3 if layout == "raw" else 2)
    records = ({"word": word, "key_id": str(key), "drawing": [axes] * 3} for key in range(500))
    return [json.dumps(record).encode() + b"\n" for record in records] * copies


def serve(bucket, word, layout="simplified", copies=1) -> list[bytes]:
    lines = drawing_lines(word, layout, copies)
    bucket.files[f"{layout}/{word}.ndjson"] = b"".join(lines)
    return lines


def fetch(bucket, folder, classes=("cat",), count=100, **options):
    return download_drawings(classes, count, folder, base_url=bucket.url, progress=False, **options)


def content(folder, word="cat"):
    return (folder / f"{word}.ndjson").read_bytes()


def first_byte(asked: tuple[str, str]) -> int:
    return int(re.fullmatch(r"bytes=(\d+)-\d*", asked[1])[1])


def names(folder):
    """What is in a folder, but for locks, which stay where they are."""
    return sorted(name for name in os.listdir(folder) if not name.endswith(".lock"))
