"""Operators give the same bits everywhere, with and without SIMD: same_bits.py BUILD_FOLDER

Compares what ops/conformance leaves behind under each preset and runtime: `OPERATOR HEX` for each operator of that build, a
digest of all results in all dtypes, sizes and layouts. Native is the measure, and has all operators."""

import sys
from pathlib import Path

RUNTIMES = {"native": "asan", "wasmtime": "wasm", "wasmedge": "wasm", "wazero": "wasm", "node": "wasm",
            "wasmtime-scalar": "wasm-scalar"}
SIMD = {"wasmtime", "wasmedge", "wazero", "node"}
SCALAR = "wasmtime-scalar"
WANTED = {"Abs", "Log", "Erf", "Tanh", "Softmax", "MaxPool", "GlobalAveragePool", "MatMul", "Gemm", "Conv", "BatchNormalization"}


def read(build: Path) -> dict[str, dict[str, str]]:
    found = {}
    for runtime, preset in RUNTIMES.items():
        file = build / preset / "scratch" / runtime / "ops" / "conformance" / "digests.txt"
        if file.exists():
            found[runtime] = dict(line.split() for line in file.read_text().splitlines())
    return found


def differences(found: dict[str, dict[str, str]]) -> list[str]:
    if "native" not in found or SCALAR not in found or not SIMD & found.keys():
        return [f"native, a guest with SIMD and {SCALAR} are needed, there are: {', '.join(found) or 'none'}"]
    native, faults = found["native"], []
    for runtime, digests in found.items():
        every = native.keys() if runtime in SIMD else WANTED if runtime == SCALAR else set()
        faults += [f"{runtime} has no digest of {name}" for name in sorted(every - digests.keys())]
        for name, digest in sorted(digests.items()):
            if native.get(name) != digest:
                faults.append(f"{name}: {digest} under {runtime}, {native.get(name)} natively")
    return faults


def main() -> int:
    found = read(Path(sys.argv[1]))
    faults = differences(found)
    for runtime, digests in found.items():  # seen to fail: each digest, another one
        for name in digests if not faults else []:
            if not differences({**found, runtime: {**digests, name: "0"}}):
                faults.append(f"another digest of {name} under {runtime} would go unnoticed")
    print("\n".join(faults) or ", ".join(f"{runtime}: {len(digests)} operators" for runtime, digests in found.items()))
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
