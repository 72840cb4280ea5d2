"""The module between a guest and its engine: it has the functions of nn_bridge, which reach both memories, and holds the
models. Their bytes are written last, when all is linked: until then each is a mark that is found again."""

import hashlib
from typing import NamedTuple

from .binary import DATA, FUNCTION, MAGIC, MEMORY, Module, Reader, counted, leb, section, vector

I32, I64 = b"\x7f", b"\x7e"
GUEST, ENGINE = b"\0", b"\1"  # the memories, in the order of their imports
END = b"\x0b"
local_get, memory_copy, memory_init, memory_size = b"\x20", b"\xfc\x0a", b"\xfc\x08", b"\x3f"


class Model(NamedTuple):
    name: str
    file: bytes


def signed(n: int) -> bytes:
    """A constant of 32 bits."""
    n = n - (1 << 32) if n >> 31 else n
    out = bytearray()
    while True:
        b, n = n & 0x7F, n >> 7
        if (n == 0 and not b & 0x40) or (n == -1 and b & 0x40):
            return bytes([*out, b])
        out.append(b | 0x80)


def const(n: int) -> bytes:
    return b"\x41" + signed(n)


def directory(models: list[Model]) -> bytes:
    def number(n: int) -> bytes:
        return n.to_bytes(4, "little")
    return b"".join(number(len(name)) + number(len(m.file)) + name for m in models for name in [m.name.encode()])


def placeholder(index: int) -> bytes:
    return hashlib.sha256(b"a model of nn-link, number %d" % index).digest()


def module(models: list[Model]) -> bytes:
    def copy(to: bytes, source: bytes) -> bytes:
        return b"".join(local_get + leb(i) for i in range(3)) + memory_copy + to + source + END

    def init(segment: int, to: int, n: int) -> bytes:
        return local_get + leb(to) + const(0) + const(n) + memory_init + leb(segment) + ENGINE

    # if index == i, for each model
    find = b"".join(local_get + b"\0" + const(i) + b"\x46\x04\x40" + init(i + 1, 1, len(m.file)) + b"\x0f" + END
                    for i, m in enumerate(models))
    names = directory(models)
    three, two, one = vector([I32] * 3), vector([I32] * 2), vector([I32])
    nothing = vector([])
    functions = [
        ("copy_in", three, nothing, copy(ENGINE, GUEST)),
        ("copy_out", three, nothing, copy(GUEST, ENGINE)),
        ("guest_bytes", nothing, vector([I64]), memory_size + GUEST + b"\xad\x42\x10\x86" + END),  # extended, << 16
        ("directory_bytes", nothing, vector([I32]), const(len(names)) + END),
        ("directory", one, nothing, init(0, 0, len(names)) + END),
        ("model", two, nothing, find + END),
    ]
    memories = [counted(m) + counted(n) + bytes([MEMORY, 0, 0]) for m, n in [(b"guest", b"memory"), (b"wasi_ephemeral_nn", b"nn_memory")]]
    segments = [names] + [placeholder(i) for i in range(len(models))]
    return (
        MAGIC
        + section(1, vector([b"\x60" + parameters + results for _, parameters, results, _ in functions]))
        + section(2, vector(memories))
        + section(3, vector([leb(i) for i in range(len(functions))]))
        + section(7, vector([counted(name.encode()) + bytes([FUNCTION]) + leb(i) for i, (name, *_) in enumerate(functions)]))
        + section(12, leb(len(segments)))
        + section(10, vector([counted(b"\0" + body) for *_, body in functions]))
        + section(DATA, vector([b"\1" + counted(s) for s in segments])))


def fill(linked: Module, models: list[Model]) -> bytes:
    """The linked module with the files of the models in their places."""
    files = {placeholder(i): m.file for i, m in enumerate(models)}
    content = linked.content(DATA)
    if not files or content is None:
        return linked.data
    r = Reader(content)
    segments = []
    for _ in range(r.number()):
        start = r.at
        flag = r.number()
        if flag == 2:
            r.number()
        if flag != 1:
            skip_constant(r)
        head = content[start:r.at]
        segments.append(head + counted(files.pop(data, data) if (data := r.bytes()) else data))
    if files:
        raise AssertionError("a model has lost its place")  # Binaryen took it apart, or left it out
    return linked.replaced(DATA, vector(segments))


def skip_constant(r: Reader) -> None:
    """A constant expression: of i32.const, global.get and extended arithmetic."""
    while (op := r.byte()) != 0x0B:
        if op in (0x41, 0x42, 0x23):
            r.number()
