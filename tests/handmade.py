"""Files for tests, made by hand: PNG pictures, and ONNX models of a few nodes."""

import struct
import zlib
from collections.abc import Iterable
from pathlib import Path

from program import SCRATCH


def write(name: str, content: bytes | str) -> Path:
    path = SCRATCH / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def png(width: int, height: int, rows: bytes, depth: int = 8, colour: int = 2) -> bytes:
    """A PNG file of any claims. `rows` begin with a byte for their filter; colour 0 is grey, 2 RGB."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows))
            + chunk(b"IEND", b""))


def plain(width: int, height: int, rgb: tuple[int, int, int]) -> bytes:
    return png(width, height, (b"\0" + bytes(rgb) * width) * height)


# ---- ONNX: fields of onnx.proto by their numbers ----

FLOAT, INT64 = 1, 7


def number(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(key: int, value: int | bytes | str) -> bytes:
    if isinstance(value, int):
        return number(key << 3) + number(value)
    content = value.encode() if isinstance(value, str) else value
    return number(key << 3 | 2) + number(len(content)) + content


def port(name: str, dims: list[int | str], element: int = FLOAT) -> bytes:
    shape = b"".join(field(1, field(1 if isinstance(d, int) else 2, d) if d != "" else b"") for d in dims)
    return field(1, name) + field(2, field(1, field(1, element) + field(2, shape)))


def node(op: str, inputs: str, outputs: str, name: str = "") -> bytes:
    return (b"".join(field(1, i) for i in inputs.split()) + b"".join(field(2, o) for o in outputs.split())
            + field(3, name) + field(4, op))


def initializer(name: str, element: int, dims: list[int], content: bytes) -> bytes:
    return b"".join(field(1, d) for d in dims) + field(2, element) + field(8, name) + field(9, content)


def integers(name: str, values: list[int]) -> bytes:
    return initializer(name, INT64, [len(values)], struct.pack(f"<{len(values)}q", *values))


def floats(name: str, dims: list[int], values: Iterable[float]) -> bytes:
    return initializer(name, FLOAT, dims, b"".join(struct.pack("<f", v) for v in values))


def model(nodes: list[bytes], inputs: list[bytes], outputs: list[bytes], initializers: list[bytes] = []) -> bytes:
    graph = (b"".join(field(1, n) for n in nodes) + field(2, "tests") + b"".join(field(5, i) for i in initializers)
             + b"".join(field(11, i) for i in inputs) + b"".join(field(12, o) for o in outputs))
    return field(1, 8) + field(7, graph) + field(8, field(2, 17))
