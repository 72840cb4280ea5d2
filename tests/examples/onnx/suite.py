"""onnx test: the cases of the ONNX backend suite that tests/onnx/cases.tsv lists, see toolchains/get-suite.

All pass, those of tier 1 also with wrong inputs in between, but for what tests/onnx/failing.txt lists, which fails with a
sentence. Of Bernoulli, whose numbers ONNX leaves open, only the numbers may be others: zeros and ones of the same type and shape.
Under wasmtime all cases take 180 seconds at most.
"""

import csv
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from program import SCRATCH, expect, fault, finish, run  # noqa: E402

SUITE = Path("build/suite")
# The large networks run once more in models.py, and on every runtime there.
ALL = {"native", "wasmtime"} & set(SCRATCH.parts)

with open("tests/onnx/cases.tsv", newline="") as file:
    cases = [row for row in csv.DictReader(file, delimiter="\t") if ALL or row["category"] != "real"]
known = set(Path("tests/onnx/failing.txt").read_text().split())
first = [row for row in cases if row["tier"] == "1"]


def test(rows: list[dict[str, str]], *flags: str) -> dict[str, str]:
    """Why each of the failing cases failed."""
    folders = {str(SUITE / row["category"] / row["name"]) for row in rows}
    answer = run("test", *flags, *sorted(folders))
    *lines, last = answer.out.splitlines() or [""]
    failing = {}
    for line in lines:
        folder, _, reason = line.partition(": ")
        if folder not in folders or len(reason) < 10:
            fault(f"{line!r} is no case with a reason", answer)
        failing[folder] = reason
    count = re.fullmatch(r"(\d+) passed, (\d+) failed", last)
    if not count or int(count[1]) + int(count[2]) != len(folders) or int(count[2]) != len(failing):
        fault(f"{last!r} does not count {len(folders)} cases, of which {len(failing)} fail", answer)
    expect(answer, int(bool(failing)), err=r"\A\Z")
    print(f"{' '.join(flags)} {last}".strip())
    return failing


for flags in [], ["--abuse"]:
    rows = [row for row in first if row["category"] != "real"] if flags else cases
    start = time.monotonic()
    failing = {Path(folder).name: reason for folder, reason in test(rows, *flags).items()}
    seconds = time.monotonic() - start
    print(f"{seconds:.1f} s")
    if "wasmtime" in SCRATCH.parts and not flags and seconds > 180:
        fault(f"{len(rows)} cases take {seconds:.1f} s, more than 180")
    for name, reason in failing.items():
        if name not in known:
            fault(f"{name}: {reason}")
        if "bernoulli" in name and not re.match(r"output '\w+' is ([01])(\.0)? at .*, not (?!\1)[01](\.0)? ", reason):
            fault(f"{name}: {reason}")
    for name in known & {row["name"] for row in rows} - set(failing):
        fault(f"{name} passes and need not be in failing.txt")
others = [row for row in cases if row["tier"] != "1"]
test(others, "--abuse")
finish()
