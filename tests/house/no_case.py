"""An entry whose filter matches no test case fails, or a misspelt one would pass for ever."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from program import expect, finish, run  # noqa: E402

expect(run("--source-file=*/tests/core/nowhere.cpp"), code=1, err="^no test case was run$")
finish()
