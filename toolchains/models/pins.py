"""Size and SHA-256 of every file: the table in pins.txt, and the checks against it."""

import functools
import hashlib
import os
import tempfile
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).with_name("pins.txt")


class Pin(NamedTuple):
    size: int
    sha256: str


class Mismatch(Exception):
    """A content that is not the pinned one."""


@functools.cache
def _table() -> dict[str, Pin]:
    rows = (line.split() for line in TABLE.read_text().splitlines() if not line.startswith("#"))
    return {name: Pin(int(size), sha256) for sha256, size, name in rows}


def pin(name: str) -> Pin:
    return _table()[name]


def holds(path: Path, name: str) -> bool:
    """Whether the file at `path` is there with the content pinned for `name`."""
    try:
        # The size first: it spares hashing a file that an older pin left there.
        if path.stat().st_size != pin(name).size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == pin(name).sha256
    except FileNotFoundError:
        return False


def check(content: bytes, name: str, origin: str) -> None:
    """Fails unless `content` is the one pinned for `name`; `origin` tells where it came from."""
    found = Pin(len(content), hashlib.sha256(content).hexdigest())
    if found != pin(name):
        raise Mismatch(
            f"{origin}: {found.size} bytes with SHA-256 {found.sha256}, "
            f"expected {pin(name).size} bytes with {pin(name).sha256}"
        )


def write_atomically(path: Path, content: bytes) -> None:
    """Under its own name a file is whole or not there, whoever else writes or stops half-way."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)  # mkstemp makes files that only their owner can read
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
