"""Plants the faults of faults.py, and wants the test that must see each to fail, and all to pass while none is switched on.

mutate.py BUILD OPTION...: a native build, whose commands compile the tests, and how they are linked. All faults are in one
program, which is told which of them to have (mutant schemata, Untch, Offutt and Harrold 1993): compiling is what takes time.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from faults import FAULTS

ROOT = Path(__file__).resolve().parents[2]
PCH = ("-include-pch", "-include", "-Winvalid-pch", "-fno-pch-timestamp")
SWITCH = "#include <cstdlib>\ninline const int planted_fault = std::getenv(\"FAULT\") ? std::atoi(std::getenv(\"FAULT\")) : -1;\n"


def compile_command(build: Path, test: str) -> list[str]:
    """How the build compiles a test, without a precompiled header, sanitizers, and kernels that others may have compiled."""
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if entry["file"].endswith(f"/tests/{test}.cpp") and "exceptions.dir" not in entry["command"]:
            words = shlex.split(entry["command"])
            words = words[next(i for i, word in enumerate(words) if "clang" in Path(word).name):]
            kept, skip = [], 0
            for word, after, last in zip(words, words[1:] + ["", ""], words[3:] + ["", "", ""]):
                if skip:
                    skip -= 1
                elif word == "-Xclang" and after in PCH:
                    skip = 1 if after == "-fno-pch-timestamp" else 3
                elif word in ("-o", "-MF", "-MT", "-c"):
                    skip = 1
                elif word not in ("-MD", "-Winvalid-pch", "-fpch-codegen", "-DTENON_ROWS=0") and "sanitize" not in word:
                    kept.append(word)
            return kept + ["-w", "-c", entry["file"]]
    raise SystemExit(f"{build} does not compile tests/{test}.cpp")


def plant(include: Path) -> list[str]:
    """Puts all faults into a copy of the headers; what does not fit."""
    wrong = []
    for number, (header, before, after, _) in enumerate(FAULTS):
        path = include / "tenon" / header
        text = path.read_text()
        if text.count(before) != 1:
            wrong.append(f"fault {number}, {header}: {before!r} stands {text.count(before)} times in the header: adapt faults.py")
        path.write_text(text.replace(before, after.replace("$", f"(planted_fault == {number})")))
    return wrong


def compile_with_faults(build: Path, folder: Path, test: str, what: Path, *ending: str | Path) -> str:
    """Compiles `what` as the build compiles the test; what is wrong, or ''."""
    words = [word.replace(f"-I{ROOT}/include", f"-I{folder}/include") for word in compile_command(build, test)[:-1]]
    made = subprocess.run([*words, *ending, what], capture_output=True, text=True)
    return f"{what} with faults does not compile:\n{made.stderr[:2000]}" if made.returncode else ""


def compile_shared(build: Path, folder: Path, test: str) -> str:
    """Compiles once what all tests include, into the folder's shared.pch; what is wrong, or ''."""
    headers = sorted({fault[0] for fault in FAULTS})
    included = [f'#include "{ROOT}/tests/doctest.hpp"\n', *(f"#include <tenon/{h}>\n" for h in headers)]
    (folder / "shared.hpp").write_text(SWITCH + "".join(included))
    return compile_with_faults(build, folder, test, folder / "shared.hpp", "-fpch-instantiate-templates", "-o", folder / "shared.pch", "-x", "c++-header")


def compile_test(build: Path, folder: Path, test: str) -> str:
    return compile_with_faults(build, folder, test, ROOT / f"tests/{test}.cpp", "-include-pch", folder / "shared.pch",
                               "-o", folder / f"{test.replace('/', '-')}.o")


def passes(program: Path, test: str, number: int) -> bool:
    file, _, case = test.partition(":")
    try:
        run = subprocess.run([program, f"--source-file=*/tests/{file}.cpp", f"--test-case={case or '*'}", "--abort-after=1"], capture_output=True,
                             text=True, timeout=120, cwd=ROOT, env={**os.environ, "FAULT": str(number)})
    except subprocess.TimeoutExpired:
        return False
    return run.returncode == 0


def main() -> int:
    build = Path(sys.argv[1]).resolve()
    shared = [str(p) for p in (build / "tests/CMakeFiles/tests_main.dir").rglob("*.o")]
    tests = sorted({fault[3] for fault in FAULTS})
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(2) as pool:
        folder = Path(name)
        shutil.copytree(ROOT / "include", folder / "include")
        files = sorted({test.partition(":")[0] for test in tests})
        wrong = plant(folder / "include")
        if not wrong:
            wrong = [w for w in [compile_shared(build, folder, files[0])] if w]
        if not wrong:
            wrong = [w for w in pool.map(lambda file: compile_test(build, folder, file), files) if w]
        if not wrong:
            compiler = compile_command(build, files[0])[0]
            made = subprocess.run([compiler, *sys.argv[2:], *folder.glob("*.o"), *shared, "-o", folder / "tests"],
                                  capture_output=True, text=True)
            if made.returncode:
                wrong = [f"tests with faults do not link:\n{made.stderr[:2000]}"]
        if not wrong:
            runs = [(test, -1) for test in tests] + [(fault[3], number) for number, fault in enumerate(FAULTS)]
            for (test, number), passed in zip(runs, pool.map(lambda run: passes(folder / "tests", *run), runs)):
                if number < 0 and not passed:
                    wrong.append(f"{test} fails where no fault is switched on")
                elif number >= 0 and passed:
                    wrong.append(f"fault {number}, {FAULTS[number][0]}: {FAULTS[number][1]!r}: {test} passes all the same")
    print("\n".join(wrong) or f"{len(FAULTS)} faults planted, {len(FAULTS)} seen")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
