"""Every runtime runs the same tests: same_tests.py CTEST BUILD_FOLDER...

Strict guests run all tests, and natively all but examples and packages run too; what runs in fewer layers (relaxed SIMD, scalar) must be
the same among its own kind, and part of theirs. An entry that runs several files of tests counts as each of them.
"""

import json
import re
import subprocess
import sys

ALL = ["wasmtime", "wasmedge", "wazero", "node"]
NATIVE = "native"
FOR_GUESTS = "examples/", "package/"
ALIKE = [["wasmtime-relaxed", "node-relaxed"]]
PART = ["wasmtime-relaxed", "wasmtime-scalar"]


def names_by_runtime(ctest: str, folder: str) -> dict[str, set[str]]:
    listing = subprocess.run([ctest, "--test-dir", folder, "--show-only=json-v1"],
                             check=True, capture_output=True, text=True).stdout
    found: dict[str, set[str]] = {}
    for test in json.loads(listing)["tests"]:
        runtime, _, name = test["name"].partition(":")
        files = [word.partition("=")[2] for word in test.get("command", []) if word.startswith("--source-file=")]
        names = [re.sub(r"^\*/tests/|\.cpp$", "", file) for file in files[0].split(",")] if files else [name]
        if any(p["name"] == "DISABLED" and p["value"] for p in test.get("properties", [])):
            names = [f"{name} (disabled)" for name in names]
        found.setdefault(runtime, set()).update(names)
    return found


def differences(found: dict[str, set[str]]) -> list[str]:
    faults = []
    for first, *others in [ALL, *ALIKE]:
        for other in others:
            for name in sorted(found.get(first, set()) ^ found.get(other, set())):
                faults.append(f"{name} is run by only one of {first} and {other}")
    for name in sorted(found.get(ALL[0], set()) ^ found.get(NATIVE, set())):
        if not name.startswith(FOR_GUESTS) or name in found.get(NATIVE, set()):
            faults.append(f"{name} is run by only one of {ALL[0]} and {NATIVE}")
    for runtime in [*ALL, NATIVE, *(r for group in ALIKE for r in group), *PART]:
        if not found.get(runtime):
            faults.append(f"{runtime} runs nothing")
    for runtime in PART:
        for name in sorted(found.get(runtime, set()) - found.get(ALL[0], set())):
            faults.append(f"{name} is run by {runtime} but not by {ALL[0]}")
    for runtime, names in found.items():
        faults += [f"{runtime}:{name}" for name in names if name.endswith("(disabled)")]
    return faults


def main() -> int:
    found = names_by_runtime(sys.argv[1], sys.argv[2])
    faults = differences(found)
    for runtime, names in found.items():  # seen to fail: each list, one of them short
        needed = names if runtime in {*ALL, *ALIKE[0]} else set()
        if runtime == NATIVE:
            needed = {name for name in names if not name.startswith(FOR_GUESTS)}
        for name in needed if not faults else []:
            if not differences({**found, runtime: names - {name}}):
                faults.append(f"a missing {runtime}:{name} would go unnoticed")
    print("\n".join(faults) or ", ".join(f"{k}: {len(v)}" for k, v in sorted(found.items())))
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
