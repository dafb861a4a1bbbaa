"""Files that nobody should send: known ones damaged at random, and some made with care."""

import copy
import functools
import gzip
import io
import json
import random
import struct
import zlib
from collections.abc import Callable

import numpy as np
from photos import drawn, encoded
from PIL import Image

from sketchlib.drawing import doodles, my_drawings, svg

ODD = [
    *(
        None,
        True,
        False,
        0,
        -1,
        2**31,
        2**63,
        10**30,
        10**400,
        0.5,
        -0.0,
        1e-320,
        1e30,
        1e39,
        1e308,
    ),
    *(float("nan"), float("inf"), "", "1", "cat", "\ud800", "\0", "a\nb", "<b>", "x" * 1000),
    *([], {}, [[]], [[], []], [[1], [2]], [[1, 2], [3]], [[[1, 2], [3, 4]]], [1] * 50, {"x": 1}),
]  # values that JSON may hold
ODD_BYTES = [
    *(
        b"\0",
        b"\n",
        b'"',
        b"[",
        b"]",
        b"{",
        b"}",
        b",",
        b"-",
        b"e999",
        b"NaN",
        b"\xff\xfe",
        b"\\ud800",
    ),
    *(b"9" * 400, b"9" * 5000, b"[" * 2000, b"\x1f\x8b", b"<", b"/>", b"&a;", b"A1 1 0 0 1 ", b"%"),
]


def damaged(rng: random.Random, content: bytes) -> bytes:
    """Return content in which a few bytes have been changed, left out, doubled or added."""
    found = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(found) + 1)
        end = place + rng.choice((1, 1, 1, 2, 4, 30))
        part = found[place:end]
        others = rng.randbytes(len(part)), b"", 2 * part, rng.choice(ODD_BYTES)
        flipped = bytes(byte ^ 1 << rng.randrange(8) for byte in part)
        found[place:end] = rng.choice((flipped, *others))
    return bytes(found[: rng.randrange(len(found) + 1)] if rng.random() < 0.05 else found)


def damaged_json(rng: random.Random, line: bytes) -> bytes:
    """Return a line of JSON in which some value is another one, mostly an odd one."""
    whole = [json.loads(line)]
    for _ in range(rng.randint(1, 3)):
        place, key = whole, 0
        while isinstance(place[key], dict | list) and place[key] and rng.random() < 0.8:
            place = place[key]
            key = rng.choice(list(place)) if isinstance(place, dict) else rng.randrange(len(place))
        place[key] = copy.deepcopy(rng.choice(ODD))
    return json.dumps(whole[0], ensure_ascii=rng.random() < 0.5).encode("utf-8", "surrogatepass")


@functools.cache
def lines() -> list[bytes]:
    """Return good lines of ndjson, raw and simplified."""
    found = []
    for number, name in enumerate(("circle", "star", "house", "sun")):
        drawing = doodles.draw(name, np.random.default_rng(number))
        timed = [np.column_stack([s[:9, :2], 9.0 * np.arange(len(s[:9]))]) for s in drawing[:4]]
        for some in (timed, [stroke[:, :2].round() for stroke in timed]):
            found.append(my_drawings.to_ndjson(some, name).encode())
    return found


@functools.cache
def pictures() -> list[bytes]:
    """Return good pictures of all kinds, small ones."""
    gray = drawn(doodles.draw("house", np.random.default_rng(3)), 64, 3).astype(np.uint8)
    color = Image.fromarray(np.stack([gray] * 3 + [255 - gray], axis=2))
    found = [encoded(gray, kind) for kind in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")]
    found += [_saved(color, kind) for kind in ("PNG", "TIFF", "WEBP")]
    found += [
        _saved(color.convert("P"), "PNG"),
        _saved(color.convert("RGB"), "JPEG", progressive=True),
    ]
    return found + [_saved(color.convert("RGB"), "TIFF", compression="tiff_lzw")]


@functools.cache
def svgs() -> list[bytes]:
    """Return good SVGs, with all kinds of shapes in them."""
    ours = svg.document(doodles.draw("sun", np.random.default_rng(1)))
    shapes = (
        '<path d="M1 2 L3 4 H9 V8 Z m1 1 c0 10 10 10 10 0 S3 4 5 6"/>'
        '<path d="M3 4 Q5 10 10 0 T1 2 A5 5 0 0 1 2 8"/>'
        '<g transform="translate(10 20) scale(2)"><circle cx="7" cy="8" r="5"/><line x2="3"/></g>'
        '<ellipse rx="5" ry="2"/><polygon points="1,2 3,4 5,6"/><polyline points="1 2 3 4"/>'
        '<rect x="1" y="2" width="3" height="4" rx="1" transform="rotate(45) skewX(9)"/>'
    )
    return [ours.encode(), SVG.format(shapes).encode()]


def _saved(image: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


# --- made with care ------------------------------------------------------------------------------

SVG = '<svg xmlns="http://www.w3.org/2000/svg">{}</svg>'
BYTES = 2**20 - 200  # of an SVG that is just read
SHAPES = {
    "lines": ('<path d="M0 0L', "1 2 ", '"/>'),
    "curves": ('<path d="M0 0', "c9 99 99 9 9 9", '"/>'),
    "smooth curves": ('<path d="M0 0', "t1 2", '"/>'),
    "arcs without a letter": ('<path d="M0 0a', "1 1 0 0 1 2 2 ", '"/>'),
    "flags without a space": ('<path d="M0 0a', "1 1 0 0112", '"/>'),
    "closed again and again": ('<path d="M1 1', "Z", '"/>'),
    "moves": ('<path d="', "M1 1", 'h1"/>'),
    "many strokes": ('<path d="', "M1 1h1", '"/>'),
    "a long number": ('<path d="M1 1L', "1", ' 2"/>'),
    "a long number of a polyline": ('<polyline points="', "1", ' 2"/>'),
    "points of a polygon": ('<polygon points="', "1,2 ", '"/>'),
    "dots": ('<polyline points="', ".", '"/>'),
    "signs": ('<path d="M1 1L', "-", '"/>'),
    "spaces": ('<polyline points="1', " ", '"/>'),
    "circles": ("", '<circle r="1"/>', ""),
    "round rectangles": ("", '<rect rx="1" width="3" height="3"/>', ""),
    "groups": ("", "<g/>", ""),
    "damaged paths": ("", '<path d="M"/>', ""),
    "transforms": ('<g transform="', "rotate(1)", '"/>'),
    "damaged transforms": ('<g transform="', "a)", '"/>'),
    "a comment": ("<!--", "x", "-->"),
}
HUGE = {
    "path far off": '<path d="M0 0L1e300 1e300L1 1"/>',
    "curve by way of far off": '<path d="M0 0C1e300 1e300 -1e300 1 9 9"/>',
    "beyond all numbers": '<path d="M0 0L1e999 0"/>',
    "arc of no size": '<path d="M0 0A0 0 0 0 1 5 5"/>',
    "arc to where it is": '<path d="M0 0A1 1 0 0 1 0 0"/>',
    "arc of tiny radii": '<path d="M0 0A1e-300 1e-300 0 0 1 5 5"/>',
    "arc of huge radii": '<path d="M0 0A1e300 1e300 0 0 1 5 5"/>',
    "circle of no number": '<circle r="NaN"/><line x2="inf" y2="NaN"/>',
    "scaled to nothing": '<g transform="scale(0)"><circle r="9"/></g>',
    "scaled to all": '<g transform="scale(1e200) scale(1e200)"><circle r="9"/></g>',
    "a matrix of odd numbers": '<g transform="matrix(nan 1 1 1 1 1)"><line x2="1"/></g>',
}
XML = {
    "a billion laughs": '<!DOCTYPE s [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><svg>&b;</svg>',
    "a file of the system": '<!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>',
    "a parameter entity": '<!DOCTYPE s [<!ENTITY % a SYSTEM "http://127.0.0.1/">%a;]><svg/>',
    "a definition elsewhere": '<!DOCTYPE svg SYSTEM "http://127.0.0.1/x.dtd"><svg/>',
    "an unknown encoding": "<?xml version='1.0' encoding='klingon'?><svg/>",
    "an odd encoding": "<?xml version='1.0' encoding='utf-7'?><svg/>",
    "an encoding that it is not in": "<?xml version='1.0' encoding='utf-16'?><svg/>",
    "a codec that is no encoding": "<?xml version='1.0' encoding='zip'?><svg/>",
    "no end": "<svg><path d='M1 1H2'/>",
    "deep": "<svg>" + "<g>" * 70_000 + "</g>" * 70_000 + "</svg>",
    "attributes": "<svg " + " ".join(f'a{n}="1"' for n in range(70_000)) + "/>",
    "names": "<svg " + " ".join(f'xmlns:a{n}="u{n}"' for n in range(40_000)) + "/>",
    "another document": "<html><body onload='alert(1)'/></html>",
}
FIELDS = {
    "a million points": {"drawing": [[[1] * 200_000, [2] * 200_000]]},
    "strokes": {"drawing": [[[1], [2]]] * 100_000},
    "strokes that recognising takes long for": {"drawing": [[[n, 1], [2, 3]] for n in range(1999)]},
    "a zigzag": {"drawing": [[list(range(9999)), [0, 300] * 4999 + [0]]]},
    "a spiral": {
        "drawing": [[[n * np.cos(n) for n in range(9999)], [n * np.sin(n) for n in range(9999)]]]
    },
    "one place": {"drawing": [[[7] * 19_999, [7] * 19_999]]},
    "texts for numbers": {"drawing": [[["a" * 10**6, *[1] * 9999], [1] * 10_000]]},
    "digits": {"drawing": [[[10**4000, 1], [1, 2]]]},
    "truths": {"drawing": [[[True, False], [1, 2]]]},
    "no number": {"drawing": [[[float("nan"), float("inf")], [1, 2]]]},
    "a country that is a number": {"countrycode": 5},
    "a key that is none": {"key_id": {"a": [1]}},
    "half a letter": {"key_id": "\ud800", "word": "c\udfff"},
    "a long word": {"word": "x" * 10**6},
}


def crafted() -> dict[str, Callable[[], bytes]]:
    """Return what makes each of these files, by what is odd about it."""
    plain = {"word": "cat", "drawing": [[[1, 2], [3, 4]]]}
    line = lines()[0]
    packed = gzip.compress(line)
    made = {f"SVG: {name}": SVG.format(shape).encode() for name, shape in HUGE.items()}
    made |= {f"XML: {name}": text.encode() for name, text in XML.items()}
    made |= {
        "XML in sixteen bits": SVG.format('<line x2="1"/>').encode("utf-16"),
        "ndjson: deep": b'{"word":"cat","drawing":' + b"[" * 10**5,
        "ndjson: too many digits": b'{"word":"cat","drawing":[[[' + b"9" * 5000 + b"],[1]]]}",
        "ndjson: marked, and in sixteen bits": line.decode().encode("utf-16"),
        "ndjson: zeros": b"\0" * 10**6,
        "gz: cut off": packed[:-9],
        "gz: another checksum": packed[:-8] + b"\0" * 8,
        "gz: garbage within": packed[:20] + b"\xff" * 30 + packed[50:],
        "gz: garbage behind": packed + b"garbage",
        "gz: a head and nothing else": packed[:10],
        "gz: twice": gzip.compress(packed),
        "gz: of zeros": gzip.compress(b"\0" * 10**7),
        "gz: of a drawing without end": gzip.compress(b'{"word":"cat","x":"' + b"x" * 10**7),
        "nothing": b"",
        "blank": b" \n\t ",
        "PDF": b"%PDF-1.7 ...",
        "HEIC": b"\0\0\0\x18ftypheic\0\0",
        "ZIP": b"PK\x03\x04abc",
        "program": b"\x7fELF" + bytes(1000),
        "letter": b"Dear diary",
        **_pictures(),
    }
    makers: dict[str, Callable[[], bytes]] = {n: lambda c=c: c for n, c in made.items()}
    makers |= {
        f"SVG: {name}": lambda shape=shape: _filled(*shape) for name, shape in SHAPES.items()
    }
    makers |= {
        f"ndjson: {name}": lambda fields=fields: json.dumps(plain | fields).encode()
        for name, fields in FIELDS.items()
    }
    return makers | _large()


def _filled(before: str, again: str, behind: str) -> bytes:
    """Return an SVG in which something comes as often as there is room for it."""
    times = (BYTES - len(before) - len(behind)) // len(again)
    return SVG.format(before + again * times + behind).encode()


def _png(width: int, height: int, *chunks: tuple[bytes, bytes], kind: int = 0) -> bytes:
    """Return a PNG of these chunks, or of a white sheet; kind: 0 gray, 6 transparent."""
    head = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    if not chunks:
        packer = zlib.compressobj(9)
        row = b"\0" + b"\xff" * width * {0: 1, 6: 4}[kind]
        many = min(2**20 // len(row) + 1, height)
        rows = [packer.compress(row * many) for _ in range(height // many)]
        rows += [packer.compress(row * (height % many)), packer.flush()]
        chunks = ((b"IDAT", b"".join(rows)),)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in ((b"IHDR", head), *chunks, (b"IEND", b""))
    )


def _pictures() -> dict[str, bytes]:
    """Return small pictures that want much, or that are not what they say."""
    bomb = zlib.compress(b"\0" * 10**7, 9)
    jpeg, tiff, gif = pictures()[1], pictures()[4], pictures()[2]
    return {
        "PNG: four billion pixels": _png(2**16 - 1, 2**16 - 1, (b"IDAT", b"")),
        "PNG: two billion wide": _png(2**31 - 1, 1, (b"IDAT", b"")),
        "PNG: of no size": _png(0, 0, (b"IDAT", b"")),
        "PNG: without pixels": _png(9, 9, (b"tEXt", b"a\0b")),
        "PNG: text that grows": _png(9, 9, (b"zTXt", b"a\0\0" + bomb), (b"IDAT", b"")),
        "PNG: colours that grow": _png(9, 9, (b"iCCP", b"a\0\0" + bomb), (b"IDAT", b"")),
        "PNG: more pixels than it says": _png(9, 9, (b"IDAT", bomb)),
        "PNG: a palette of nothing": _png(9, 9, (b"PLTE", b""), (b"IDAT", bomb), kind=3),
        "JPEG: its head": jpeg[:20],
        "JPEG: without scan": jpeg[: jpeg.index(b"\xff\xda")],
        "JPEG: four billion pixels": jpeg.replace(struct.pack(">HH", 64, 64), b"\xff" * 4),
        "GIF: four billion pixels": gif[:6] + b"\xff" * 4 + gif[10:],
        "BMP: a billion pixels": b"BM"
        + struct.pack("<IIIIiiHHIIIIII", 99, 0, 54, 40, 2**15, 2**15, 1, 24, *[0] * 6),
        "BMP: upside down by all": b"BM"
        + struct.pack("<IIIIiiHHIIIIII", 99, 0, 54, 40, 9, -(2**31), 1, 24, *[0] * 6),
        "TIFF: a directory of itself": b"II*\0\x08\0\0\0\0\0\x08\0\0\0",
        "TIFF: tags without end": b"II*\0\x08\0\0\0\xff\xff" + bytes(range(1, 13)) * 5000,
        "TIFF: cut off": tiff[: len(tiff) // 2],
        "WebP: its head": b"RIFF\xff\xff\xff\xffWEBPVP8X" + b"\xff" * 30,
    }


def _large() -> dict[str, Callable[[], bytes]]:
    """Return what makes pictures that take time to look at."""
    down, right = np.mgrid[:640, :640]
    busy = {
        "noise": np.random.default_rng(0).integers(0, 256, (640, 640)),
        "grain": np.where(np.random.default_rng(0).random((640, 640)) < 0.2, 0, 255),
        "dots": np.where((down % 8 < 3) & (right % 8 < 3), 0, 255),
        "dots and a line": np.where((down % 12 < 4) & (right % 12 < 4) | (down // 4 == 75), 0, 255),
        "net": np.where((down % 16 < 2) | (right % 16 < 2), 0, 255),
        "stripes": np.where(down % 6 < 2, 0, 255),
        "rings": np.where(np.hypot(down - 320, right - 320) % 9 < 3, 0, 255),
        "black": np.zeros((640, 640)),
    }
    makers: dict[str, Callable[[], bytes]] = {
        "PNG: a column of fifty million": lambda: _png(1, 49_999_999),
        "PNG: a row of fifty million": lambda: _png(49_999_999, 1),
        "PNG: as long as may be": lambda: _png(1, 20_000),
        "PNG: as large as may be": lambda: _png(7000, 7000, kind=6),
        "GIF: as large as may be": lambda: _saved(Image.new("L", (7000, 7000), 255), "GIF"),
        "JPEG: as large as may be": lambda: _saved(Image.new("RGB", (7000, 7000)), "JPEG"),
    }
    return makers | {f"picture: {n}": lambda gray=gray: encoded(gray) for n, gray in busy.items()}
