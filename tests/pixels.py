"""Pixels of PNG files: what tests of programs that draw look at, and make pictures of."""

import struct
import zlib
from pathlib import Path

from handmade import png

Pixels = list[list[bytes]]  # rows of pixels, three bytes each


def decode(path: Path) -> Pixels:
    """Of a file with 8 bits per channel, grey or RGB, not interlaced."""
    content = path.read_bytes()
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", content[16:29])
    assert content[:8] == b"\x89PNG\r\n\x1a\n" and depth == 8 and colour in (0, 2) and not interlaced
    packed, at = b"", 8
    while at < len(content):
        size, kind = struct.unpack(">I4s", content[at:at + 8])
        packed += content[at + 8:at + 8 + size] if kind == b"IDAT" else b""
        at += 12 + size
    n = 3 if colour == 2 else 1
    data, above, rows = zlib.decompress(packed), bytes(width * n), []
    for start in range(0, len(data), width * n + 1):
        row = bytearray(data[start + 1:start + 1 + width * n])
        for i, up in enumerate(above):
            left, corner = (row[i - n], above[i - n]) if i >= n else (0, 0)
            near = min((left, up, corner), key=lambda v: abs(left + up - corner - v))  # the first of equals, as Paeth's
            row[i] = row[i] + (0, left, up, (left + up) // 2, near)[data[start]] & 255
        rows.append([bytes(row[x:x + n]) * (3 // n) for x in range(0, width * n, n)])
        above = row
    assert len(rows) == height
    return rows


def encode(rows: Pixels) -> bytes:
    return png(len(rows[0]), len(rows), b"".join(b"\0" + b"".join(row) for row in rows))


def crop(rows: Pixels, left: int, top: int, right: int, bottom: int) -> Pixels:
    return [row[left:right] for row in rows[top:bottom]]


def paste(onto: Pixels, what: Pixels, left: int, top: int) -> None:
    for row, new in zip(onto[top:], what):
        row[left:left + len(new)] = new


def turned_right(rows: Pixels) -> Pixels:
    return [list(column) for column in zip(*rows[::-1])]
