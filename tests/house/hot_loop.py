"""The inner loops stay in registers: compiles the kernels' hot functions to WebAssembly, lets
wasmtime compile them, and fails on each access of a vector register to the stack. `--planted` gives
the matrix product a tile too large for the registers, and succeeds if that is found."""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]

SOURCE = """
#include <tenon/kernels/gemm_tile.hpp>
%s
#include <tenon/kernels/depthwise.hpp>
using namespace tenon::kernels;
template void tenon::kernels::multiply_tile<float>(
    const float*, const float*, const float*, const float*, const float*, const float*, float*,
    std::ptrdiff_t, const float*, std::ptrdiff_t);
template void tenon::kernels::multiply_tile<double>(
    const double*, const double*, const double*, const double*, const double*, const double*, double*,
    std::ptrdiff_t, const double*, std::ptrdiff_t);
template void tenon::kernels::multiply_row<float, tile<float>::row_panels>(
    const float*, const float*, const float*, std::ptrdiff_t, float*, const float*, std::ptrdiff_t);
template void tenon::kernels::detail::slide_tile<float, 1>(
    detail::block_run<float>, std::ptrdiff_t, std::ptrdiff_t, int, int, std::ptrdiff_t, std::ptrdiff_t,
    float, float);
template void tenon::kernels::detail::slide_tile<float, 2>(
    detail::block_run<float>, std::ptrdiff_t, std::ptrdiff_t, int, int, std::ptrdiff_t, std::ptrdiff_t,
    float, float);
template void tenon::kernels::detail::table_tile<float>(
    const detail::depthwise_job<float>&, const float* const*, float* const*);
"""

# Six rows of two registers, and what they are multiplied by, are more than there are.
PLANT = """
template <>
struct tenon::kernels::tile<float> {
  static constexpr int lanes = 4, rows = 6, vectors = 2, columns = 8;
  static constexpr int steps = simd::arch::relaxed ? 2 : 4, row_panels = 3;
  static constexpr i64 depth = 256, width = 512;
};
"""

HOT = ("multiply_tile", "multiply_row", "slide_tile", "table_tile")


def functions(listing: str) -> dict[str, list[str]]:
    """The instructions of each hot function in a disassembly."""
    found, body = {}, None
    for line in listing.splitlines():
        head = re.match(r"[0-9a-f]+ <(.*)>:$", line)
        if head:
            hot = any(name in head[1] for name in HOT)
            body = found.setdefault(head[1], []) if hot else None
        elif body is not None and line.strip():
            body.append(line.strip())
    return found


def check(build: str, flags: list[str], planted: bool, tools: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as folder:
        source, module, native = (Path(folder) / name for name in ("hot.cpp", "hot.wasm", "hot.cwasm"))
        source.write_text(SOURCE % (PLANT if planted else ""))
        # Everything is exported, so that the linker keeps what nobody calls.
        subprocess.run([tools.clang, "--target=wasm32-wasip1", "-std=c++23", "-O2", "-fno-exceptions",
                        "-fno-rtti", "-Wno-psabi", *flags, f"-I{ROOT / 'include'}", str(source),
                        "-mexec-model=reactor", "--no-wasm-opt", "-Wl,--export-all", "-o", str(module)],
                       check=True)
        subprocess.run([tools.wasmtime, "compile", str(module), "-o", str(native)], check=True)
        listing = subprocess.run([tools.objdump, "-d", "--no-show-raw-insn", str(native)], check=True,
                                 capture_output=True, text=True).stdout
    hot = functions(listing)
    missing = [name for name in HOT if not any(name in function for function in hot)]
    if missing:
        print(f"{build}: not found in the compiled code: {', '.join(missing)}")
        return 1
    spills = 0
    for name, lines in hot.items():
        if not any("xmm" in line for line in lines):
            print(f"{build}: {name} has no vector instruction")
            return 1
        bad = [line for line in lines if "xmm" in line and re.search(r"\(%r[sb]p\b|\[r[sb]p\b", line)]
        spills += len(bad)
        for line in bad:
            print(f"{build}: {name}: {line}")
    print(f"{build}: {len(hot)} hot functions, {spills} vector accesses to the stack")
    return spills


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wasmtime", default="wasmtime")
    parser.add_argument("--clang", default=shutil.which("clang++-22") or "clang++")
    parser.add_argument("--objdump", default=shutil.which("llvm-objdump-22") or "objdump")
    parser.add_argument("--planted", action="store_true")
    tools = parser.parse_args()
    strict = check("strict", ["-msimd128"], tools.planted, tools)
    relaxed = check("relaxed", ["-msimd128", "-mrelaxed-simd"], tools.planted, tools)
    if tools.planted:
        return 0 if strict > 1 else 1
    return 1 if strict or relaxed else 0


sys.exit(main())
