"""A program with only the operators of tier1.txt passes the cases of tier 1: tier1.py PROGRAM..."""

import csv
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from program import expect, finish, run  # noqa: E402

with open("tests/onnx/cases.tsv", newline="") as file:
    folders = [f"build/suite/{row['category']}/{row['name']}" for row in csv.DictReader(file, delimiter="\t") if row["tier"] == "1"]
answer = run("test", *folders)
expect(answer, 0, rf"{len(folders)} passed, 0 failed\n", r"\A\Z")
finish()
