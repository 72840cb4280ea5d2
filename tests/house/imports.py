"""Guests import nothing but WASI preview 1: imports.py MODULE..."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "toolchains"))
from nn_link.binary import Module  # noqa: E402

ALLOWED = "wasi_snapshot_preview1"


def imported_modules(data: bytes) -> set[str]:
    return {i.module for i in Module(data).imports}


def main() -> int:
    planted = b"\0asm\1\0\0\0\2\x09\1\3env\1f\0\0"
    if imported_modules(planted) != {"env"}:
        print("the planted import is not seen")
        return 1
    faults = 0
    for path in sys.argv[1:]:
        for name in sorted(imported_modules(Path(path).read_bytes()) - {ALLOWED}):
            print(f"{path} imports from {name}")
            faults += 1
    print(f"{len(sys.argv) - 1} modules, {faults} faults")
    return bool(faults) or len(sys.argv) < 2


if __name__ == "__main__":
    sys.exit(main())
