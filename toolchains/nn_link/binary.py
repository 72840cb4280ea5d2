"""Modules of WebAssembly, read as far as linking needs it. The format: webassembly.github.io/spec/core/binary."""

from collections.abc import Iterator
from typing import NamedTuple

FUNCTION, TABLE, MEMORY, GLOBAL = range(4)
TYPE, IMPORT, FUNCTIONS, MEMORIES, EXPORT, DATA = 1, 2, 3, 5, 7, 11
MAGIC = b"\0asm\1\0\0\0"
_VALUES = {0x7F: "i32", 0x7E: "i64", 0x7D: "f32", 0x7C: "f64", 0x7B: "v128", 0x70: "funcref", 0x6F: "externref"}


class Malformed(Exception):
    pass


def leb(n: int) -> bytes:
    """An unsigned number."""
    out = bytearray()
    while True:
        out.append(n & 0x7F | (0x80 if n > 0x7F else 0))
        n >>= 7
        if not n:
            return bytes(out)


def vector(items: list[bytes]) -> bytes:
    return leb(len(items)) + b"".join(items)


def counted(content: bytes) -> bytes:
    return leb(len(content)) + content


def section(number: int, content: bytes) -> bytes:
    return bytes([number]) + counted(content)


class Reader:
    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    def byte(self) -> int:
        self.at += 1
        if self.at > len(self.data):
            raise Malformed("the module ends too early")
        return self.data[self.at - 1]

    def number(self) -> int:
        value = shift = 0
        while True:
            b = self.byte()
            value |= (b & 0x7F) << shift
            shift += 7
            if not b & 0x80:
                return value
            if shift > 63:
                raise Malformed("a number that does not end")

    def bytes(self) -> bytes:
        n = self.number()
        self.at += n
        if self.at > len(self.data):
            raise Malformed("the module ends too early")
        return self.data[self.at - n:self.at]

    def name(self) -> str:
        return self.bytes().decode(errors="replace")

    def limits(self) -> tuple[int, int, int | None]:
        flags = self.byte()
        return flags, self.number(), self.number() if flags & 1 else None


class Import(NamedTuple):
    module: str
    name: str
    kind: int
    type: int  # of a function


class Export(NamedTuple):
    name: str
    kind: int
    index: int


class Module:
    def __init__(self, data: bytes) -> None:
        if data[:8] != MAGIC:
            if data[:4] == MAGIC[:4] and data[6:8] == b"\1\0":
                raise Malformed("it is a component, and a core module is needed (built for wasm32-wasip1)")
            raise Malformed("it is not a module of WebAssembly")
        self.data = data
        self.sections: list[tuple[int, bytes]] = []
        r = Reader(data, 8)
        while r.at < len(data):
            self.sections.append((r.byte(), r.bytes()))
        self.types = list(self._types())
        self.imports = list(self._imports())
        self.exports = [Export(r.name(), r.byte(), r.number()) for r in self._items(EXPORT)]
        self._functions = [i.type for i in self.imports if i.kind == FUNCTION] + [r.number() for r in self._items(FUNCTIONS)]

    def content(self, number: int) -> bytes | None:
        return next((c for n, c in self.sections if n == number), None)

    def function_type(self, index: int) -> str:
        return self.types[self._functions[index]]

    def replaced(self, number: int, content: bytes) -> bytes:
        return MAGIC + b"".join(section(n, content if n == number else c) for n, c in self.sections)

    def with_exports(self, names: set[str]) -> bytes:
        """The module without its other exports."""
        return self.replaced(EXPORT, vector([counted(e.name.encode()) + bytes([e.kind]) + leb(e.index)
                                             for e in self.exports if e.name in names]))

    def with_memory(self, pages: int) -> bytes:
        """The module with a memory that starts with so many pages, or more."""
        if self.content(MEMORIES) is None:
            return self.data
        memories = []
        for r in self._items(MEMORIES):
            flags, low, high = r.limits()
            low = max(low, pages if high is None else min(pages, high))
            memories.append(bytes([flags]) + leb(low) + (b"" if high is None else leb(high)))
        return self.replaced(MEMORIES, vector(memories))

    def _items(self, number: int) -> Iterator[Reader]:
        """A reader at each item of a section, which must have read it before the next."""
        r = Reader(self.content(number) or b"\0")
        for _ in range(r.number()):
            yield r

    def _types(self) -> Iterator[str]:
        for r in self._items(TYPE):
            if (form := r.byte()) != 0x60:
                raise Malformed(f"a type of form {form:#x}, of an extension that is not known here")
            lists = [", ".join(self._value(r) for _ in range(r.number())) for _ in range(2)]
            yield f"({lists[0]}) -> ({lists[1]})"

    @staticmethod
    def _value(r: Reader) -> str:
        b = r.byte()
        return _VALUES.get(b, f"{b:#x}")

    def _imports(self) -> Iterator[Import]:
        for r in self._items(IMPORT):
            module, name, kind, of = r.name(), r.name(), r.byte(), 0
            if kind == FUNCTION:
                of = r.number()
            elif kind == TABLE:
                r.byte(), r.limits()
            elif kind == MEMORY:
                r.limits()
            elif kind == GLOBAL:
                r.byte(), r.byte()
            else:
                raise Malformed(f"an import of kind {kind}, of an extension that is not known here")
            yield Import(module, name, kind, of)
