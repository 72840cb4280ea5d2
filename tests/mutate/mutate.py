"""Plants each fault of faults.py, compiles the test that must see it, and wants it to fail.

mutate.py BUILD OPTION...: a native build, whose commands compile the tests, and how they are linked. A fault that no longer
fits its header, does not compile, or passes is what this entry reports.
"""

import json
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


def compile_command(build: Path, test: str) -> list[str]:
    """How the build compiles a test, without a precompiled header and unoptimised: twenty of them are to take a minute."""
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
                elif word not in ("-MD", "-Winvalid-pch", "-O1", "-O2", "-DTENON_ROWS=0"):
                    kept.append(word)
            return kept + ["-O0", "-w", "-c", entry["file"]]
    raise SystemExit(f"{build} does not compile tests/{test}.cpp")


def plant(build: Path, objects: list[str], number: int) -> str:
    """What is wrong with fault `number`, or ''."""
    header, before, after, test = FAULTS[number]
    name = f"fault {number + 1}, {header}: {before!r}"
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "include"
        shutil.copytree(ROOT / "include", copy)
        path = copy / "tenon" / header
        text = path.read_text()
        if text.count(before) != 1:
            return f"{name} stands {text.count(before)} times in the header: adapt faults.py"
        path.write_text(text.replace(before, after))
        words = [word.replace(f"-I{ROOT}/include", f"-I{copy}") for word in compile_command(build, test)]
        made = subprocess.run([*words, "-o", f"{folder}/test.o"], capture_output=True, text=True)
        if made.returncode:
            return f"{name} does not compile:\n{made.stderr[:2000]}"
        made = subprocess.run([words[0], *sys.argv[2:], f"{folder}/test.o", *objects, "-o", f"{folder}/test"], capture_output=True, text=True)
        if made.returncode:
            return f"{name} does not link:\n{made.stderr[:2000]}"
        try:
            run = subprocess.run([f"{folder}/test"], capture_output=True, text=True, timeout=120, cwd=ROOT)
        except subprocess.TimeoutExpired:
            return ""
        if run.returncode == 0:
            return f"{name}: tests/{test}.cpp passes all the same"
    return ""


def main() -> int:
    build = Path(sys.argv[1]).resolve()
    objects = [str(p) for p in (build / "tests/CMakeFiles/tests_main.dir").rglob("*.o")]
    with ThreadPoolExecutor(2) as pool:
        wrong = [w for w in pool.map(lambda n: plant(build, objects, n), range(len(FAULTS))) if w]
    print("\n".join(wrong) or f"{len(FAULTS)} faults planted, {len(FAULTS)} seen")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
