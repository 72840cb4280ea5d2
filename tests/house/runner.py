"""A runner passes on arguments, files, TENON_ variables and exit codes, and runs compiled code."""

import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import program  # noqa: E402
from program import COMMAND, SCRATCH, expect, fault, finish, run  # noqa: E402

file = SCRATCH / "a file"
file.unlink(missing_ok=True)
expect(run(3, file, "--flag", ""), code=3,
       out=rf"^4 arguments, scratch {SCRATCH}\n\[3\]\n\[{file}\]\n\[--flag\]\n\[\]$")
if not file.exists() or file.read_text() != "written\n":
    fault("the file was not written")
expect(run(0, file))
expect(run(0, SCRATCH / "nowhere" / "x"), code=1, err="cannot write")
if run("trap", file).code in (0, 1, 2) and "wasmedge" not in COMMAND and "wazero" not in COMMAND:
    fault("a trap looks like an exit")  # those two answer 1 and tell on standard error

if "wasmedge" in COMMAND:  # seen to fail: a file without compiled code, where the runner looks for it
    (SCRATCH / "aot").mkdir(exist_ok=True)
    shutil.copy(COMMAND[-1], SCRATCH / "plain.wasm")
    shutil.copy(COMMAND[-1], SCRATCH / "aot" / "plain.so")
    program.COMMAND[-1] = str(SCRATCH / "plain.wasm")
    expect(run(0, file), code=1, err="holds no compiled code")
finish()
