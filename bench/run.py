#!/usr/bin/env python3
"""Runs the programs of bench/ natively and as guests, and prints one table: a row per benchmark, a
column per engine. What multiplies is given as GFLOP/s and as share of the engine's own limit,
measured in turns with it; what moves memory as GB/s. All figures, also medians, are in
build/bench/ENGINE.json.

  toolchains/with-tools cmake --workflow --preset bench         # builds, then runs this
  toolchains/with-tools bench/run.py [REGEX] [--seconds S] [--engines native,wasmtime,node,wasmedge]
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
LAYERS = "-efficientnet_lite0/[^a]"  # fifty rows that only help someone who works on them


def run(program: Path, engine: str, options: list[str]) -> dict:
    command = [str(program)] if engine == "native" else [str(ROOT / "toolchains/run"), engine, f"{program}.wasm"]
    done = subprocess.run([*command, *options, "--benchmark_format=json"], cwd=ROOT, capture_output=True, text=True)
    start = done.stdout.find("{")
    if done.returncode != 0 or start < 0:
        if "Failed to match" in done.stdout + done.stderr or done.returncode == 0:
            return {"context": {}, "benchmarks": []}
        sys.exit(f"{engine}: {program.name}: {done.stderr.strip() or done.returncode}")
    return json.loads(done.stdout[start:])


def cell(row: dict | None) -> str:
    if row is None:
        return ""
    if "error_message" in row:
        return row["error_message"]
    if "GB/s" in row:
        return f"{row['min_ms']:9.3f} {row['GB/s']:6.1f} GB/s"
    return f"{row['min_ms']:9.3f} {row['GFLOP/s']:6.1f}   {row['limit_ratio']:.2f}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("filter", nargs="?", default=LAYERS, help="rows whose name it matches; all but those if it begins with -")
    parser.add_argument("--seconds", type=float, default=0.3, help="for each row, at least")
    parser.add_argument("--engines", default="native,wasmtime,node")
    args = parser.parse_args()
    engines = args.engines.split(",")
    options = [f"--benchmark_filter={args.filter}", f"--benchmark_min_time={args.seconds}s"]
    programs = sorted(path.stem for path in (ROOT / "build/bench-wasm/bin").glob("bench_*_*.wasm"))
    results = {engine: {"context": {}, "benchmarks": []} for engine in engines}
    for program in programs:
        for engine in engines:
            print(f"{program}, {engine} ...", file=sys.stderr, flush=True)
            folder = "bench-native" if engine == "native" else "bench-wasm"
            part = run(ROOT / "build" / folder / "bin" / program, engine, options)
            results[engine]["context"] |= part["context"]
            results[engine]["benchmarks"] += part["benchmarks"]
    out = ROOT / "build/bench"
    out.mkdir(exist_ok=True)
    rows: dict[str, dict[str, dict]] = {}
    for engine in engines:
        (out / f"{engine}.json").write_text(json.dumps(results[engine], indent=1))
        for row in results[engine]["benchmarks"]:
            rows.setdefault(row["name"].removesuffix("/manual_time"), {})[engine] = row
    print(f"{'':42}" + "".join(f"{engine:24}" for engine in engines))
    print(f"{'':42}" + "".join(f"{'ms (least) GFLOP/s limit':24}"[:24] for _ in engines))
    for name, cells in rows.items():
        print(f"{name:40}  " + "".join(f"{cell(cells.get(engine)):24}" for engine in engines).rstrip())
    return 0


sys.exit(main())
