"""A guest that makes every mistake gets the answers of expected.txt: errors.py RUN... MODULE MODEL."""

import difflib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from program import expect, fault, finish, run  # noqa: E402

answer = run()
expect(answer, 0)
expected = (Path(__file__).parent / "expected.txt").read_text()
if answer.out != expected:
    fault("\n".join(difflib.unified_diff(expected.splitlines(), answer.out.splitlines(), lineterm="")), answer)
finish()
