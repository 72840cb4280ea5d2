"""What a guest saves whose model is code: sizes.py LOADER.wasm GUEST.wasm MODEL.onnx WEIGHTS.bin [GUEST.wasm ...]

LOADER.wasm loads and runs any model, so it has all operators; the guests have what their models use, and all but their
weights must be smaller. A guest must be smaller than the loader and its model's file as well, where the file has the
weights (that of SqueezeNet says how to make them)."""

import sys
from pathlib import Path

loader, *rest = map(Path, sys.argv[1:])
code = loader.stat().st_size
print(f"{'guest':20}{'bytes':>12}{'its weights':>13}{'the rest':>11}   {loader.name} {code:,} and the model's file")
faults = 0
for guest, model, weights in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
    size, file, embedded = (path.stat().st_size for path in (guest, model, weights))
    print(f"{guest.name:20}{size:12,}{embedded:13,}{size - embedded:11,}   {code + file:,}, of which the file {file:,}")
    faults += size - embedded > code // 2 or (file > embedded and size >= code + file)
sys.exit(faults or not rest)
